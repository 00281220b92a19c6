package web

import (
	"errors"
	"slices"
	"strings"

	"github.com/google/uuid"

	"example.com/kubernetes-networking/apps/internal/problem"
)

// IfUnchanged is the condition of a change: embed it in the parameters of a PUT.
type IfUnchanged struct {
	// IfMatch is nil if the request has no condition.
	IfMatch *Tags `header:"If-Match" binding:"tags" description:"The ETag of the revision that was read. The change is made only if this revision is still the current one."`
}

// IfChanged is the condition of a read: embed it in the parameters of a GET whose answer is Tagged.
type IfChanged struct {
	// IfNoneMatch is nil if the request has no condition.
	IfNoneMatch *Tags `header:"If-None-Match" binding:"tags" description:"The ETag of the revision that the caller has. If this revision is still the current one, the answer is 304."`
}

// etagHeader documents the header of a Tagged answer.
type etagHeader struct {
	ETag string `header:"ETag" required:"true" description:"The revision of the resource, for If-Match and If-None-Match."`
}

// Tags are the entity tags of an If-Match or If-None-Match header (RFC 9110 section 13.1).
type Tags struct {
	// Any reports the tag *, which matches every revision.
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
			return errors.New("there must be a comma between two entity tags")
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

// Revisions returns the revisions that match the tags by strong comparison, which no weak tag passes (RFC 9110 section
// 8.8.3.2). It omits tags that are not revisions.
func (t *Tags) Revisions() []uuid.UUID {
	var revisions []uuid.UUID
	for _, opaque := range t.strong {
		if revision, err := uuid.Parse(opaque); err == nil && revision.String() == opaque {
			revisions = append(revisions, revision)
		}
	}
	return revisions
}

// name reports whether the tags include a revision by weak comparison, which If-None-Match uses.
func (t *Tags) name(revision uuid.UUID) bool {
	return t.Any || slices.Contains(t.strong, revision.String()) || slices.Contains(t.weak, revision.String())
}

// entityTag returns the strong tag of a revision.
func entityTag(revision uuid.UUID) string { return `"` + revision.String() + `"` }

// condition is implemented by parameters that embed IfChanged.
type condition interface {
	current(revision uuid.UUID) bool
}

// current reports whether the caller has the revision already.
func (i IfChanged) current(revision uuid.UUID) bool {
	return i.IfNoneMatch != nil && i.IfNoneMatch.name(revision)
}

// Stale returns err, the 409 of a change whose IfUnchanged does not hold, with the current resource's ETag.
func Stale(current Tagged, err *problem.Error) error {
	return err.With("ETag", entityTag(current.Tag()))
}
