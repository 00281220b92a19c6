package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
)

// IfUnchanged is the condition of a change: embed it in the Parameters of a PUT.
type IfUnchanged struct {
	// IfMatch is nil if the caller has no condition.
	IfMatch *Tags `header:"If-Match" binding:"tags" description:"The ETag of what was read: the change is made only if nobody else made one since."`
}

// IfChanged is the condition of a read: embed it in the Parameters of a GET.
type IfChanged struct {
	// IfNoneMatch is nil if the caller has no condition.
	IfNoneMatch *Tags `header:"If-None-Match" binding:"tags" description:"The ETag of what was read before: if it is still the same, the answer is 304."`
}

// ETag is the header of a resource that has a revision, for Operation.Headers.
type ETag struct {
	ETag string `header:"ETag" required:"true" description:"Names this revision of the resource, for If-Match and If-None-Match."`
}

// Tags are the entity tags of an If-Match or If-None-Match header (RFC 9110 section 13.1).
type Tags struct {
	// Any is the tag *, which stands for whatever there is.
	Any    bool
	strong []string
	weak   []string
}

// UnmarshalText reads the header's value.
func (t *Tags) UnmarshalText(text []byte) error {
	*t = Tags{}
	rest := strings.Trim(string(text), " \t")
	if rest == "*" {
		t.Any = true
		return nil
	}
	for rest != "" {
		if rest[0] == ',' { // a list may have empty elements, RFC 9110 section 5.6.1.2
			rest = strings.TrimLeft(rest[1:], " \t")
			continue
		}
		tag, weak := strings.CutPrefix(rest, "W/")
		opaque, after, err := quoted(tag)
		if err != nil {
			return err
		}
		if weak {
			t.weak = append(t.weak, opaque)
		} else {
			t.strong = append(t.strong, opaque)
		}
		rest = strings.TrimLeft(after, " \t")
		if rest != "" && rest[0] != ',' {
			return errors.New("there has to be a comma between two entity tags")
		}
	}
	if t.strong == nil && t.weak == nil {
		return errors.New("there is no entity tag")
	}
	return nil
}

// quoted reads the quoted part of an entity tag, RFC 9110 section 8.8.3.
func quoted(text string) (opaque, rest string, err error) {
	after, opened := strings.CutPrefix(text, `"`)
	opaque, rest, closed := strings.Cut(after, `"`)
	if !opened || !closed || slices.ContainsFunc([]byte(opaque), func(b byte) bool { return b <= ' ' || b == 0x7f }) {
		return "", "", errors.New("an entity tag is a text in double quotes, without spaces")
	}
	return opaque, rest, nil
}

// Revisions are the revisions that the tags name by the strong comparison, which a weak tag never passes (RFC 9110
// section 8.8.3.2). Tags that no revision has are left out.
func (t *Tags) Revisions() []uuid.UUID {
	var revisions []uuid.UUID
	for _, opaque := range t.strong {
		if revision, err := uuid.Parse(opaque); err == nil && revision.String() == opaque {
			revisions = append(revisions, revision)
		}
	}
	return revisions
}

// name reports whether the tags name a revision by the weak comparison, which If-None-Match uses.
func (t *Tags) name(revision uuid.UUID) bool {
	return t.Any || slices.Contains(t.strong, revision.String()) || slices.Contains(t.weak, revision.String())
}

// Tag tells the caller which revision of the resource the answer is about.
func Tag(c *gin.Context, revision uuid.UUID) {
	c.Header("ETag", `"`+revision.String()+`"`)
}

// OKIfChanged answers with a resource and its revision, or with 304 if the caller has that revision.
func OKIfChanged(c *gin.Context, condition IfChanged, revision uuid.UUID, data any) {
	Tag(c, revision)
	if condition.IfNoneMatch != nil && condition.IfNoneMatch.name(revision) {
		c.Status(http.StatusNotModified)
		return
	}
	OK(c, data)
}
