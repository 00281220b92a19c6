package web

import (
	"cmp"
	gojson "encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"sigs.k8s.io/json"

	"example.com/kubernetes-networking/apps/internal/problem"
)

// member is a declared member of a body.
type member struct {
	name  string
	index []int
}

// membersOf returns the members that a struct declares.
func membersOf(declared reflect.Type) []member {
	var all []member
	for _, field := range reflect.VisibleFields(declared) {
		if name := memberName(field); name != "" {
			all = append(all, member{name, field.Index})
		}
	}
	return all
}

// memberName returns the JSON name of a field, empty if it has none.
func memberName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return name
}

// readBody reads a JSON body and returns its invalid members. It returns an error if the body is not one JSON object.
func (in input) readBody(r *http.Request, into reflect.Value) ([]problem.Field, error) {
	if err := checkMedia(r.Header); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(r.Body)
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return nil, problem.New(http.StatusRequestEntityTooLarge, "The body must have at most %d bytes.", tooLong.Limit)
	case err != nil:
		return nil, problem.New(http.StatusBadRequest, "The body ended before it was complete. Send it again.").Because(err)
	}
	return in.decode(text, into)
}

// checkMedia accepts application/json. Its text is always UTF-8 (RFC 8259 section 8.1); a charset parameter that repeats
// that is not an error.
func checkMedia(header http.Header) error {
	media, parameters, err := mime.ParseMediaType(header.Get("Content-Type"))
	charset, named := parameters["charset"]
	if err != nil || media != "application/json" || (named && !strings.EqualFold(charset, "utf-8")) {
		return problem.New(http.StatusUnsupportedMediaType, "Send the body as application/json, in UTF-8.")
	}
	if header.Get("Content-Encoding") != "" {
		return problem.New(http.StatusUnsupportedMediaType, "Send the body without a Content-Encoding.")
	}
	return nil
}

// decode reads each member on its own, so that one answer lists all invalid members.
func (in input) decode(text []byte, into reflect.Value) ([]problem.Field, error) {
	if len(text) == 0 {
		return nil, problem.New(http.StatusBadRequest, "The body is empty. Send a JSON object.")
	}
	var sent map[string]gojson.RawMessage
	repeated, err := json.UnmarshalStrict(text, &sent, json.DisallowDuplicateFields)
	var wrongType *gojson.UnmarshalTypeError
	switch {
	case errors.As(err, &wrongType), err == nil && sent == nil:
		return nil, problem.New(http.StatusBadRequest, "The body must be a JSON object.")
	case err != nil && !utf8.Valid(text):
		return nil, problem.New(http.StatusBadRequest, "The body is not UTF-8.")
	case err != nil:
		return nil, problem.New(http.StatusBadRequest, "The body is not JSON: %v.", err)
	}
	wrong := strictly(repeated, "")
	for _, member := range in.members {
		if raw, present := sent[member.name]; present {
			wrong = append(wrong, readMember(member.name, raw, into.FieldByIndex(member.index).Addr().Interface())...)
			delete(sent, member.name)
		}
	}
	for name := range sent {
		wrong = append(wrong, problem.Field{Name: name, Detail: noSuchMember})
	}
	broken, err := checkBody(into.Interface())
	return in.oneEach(append(wrong, broken...)), err
}

// oneEach keeps the first error of each member, in the order of declaration; unknown members are last.
func (in input) oneEach(wrong []problem.Field) []problem.Field {
	rank := func(field problem.Field) int {
		at := slices.IndexFunc(in.members, func(declared member) bool { return declared.name == field.Name })
		if at < 0 {
			return len(in.members)
		}
		return at
	}
	slices.SortStableFunc(wrong, func(a, b problem.Field) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Name, b.Name))
	})
	return slices.CompactFunc(wrong, func(a, b problem.Field) bool { return a.Name == b.Name })
}

func readMember(name string, raw gojson.RawMessage, into any) []problem.Field {
	if string(raw) == "null" {
		return []problem.Field{{Name: name, Detail: "It must not be null."}}
	}
	if !utf8.Valid(raw) { // the decoder would replace invalid bytes by U+FFFD
		return []problem.Field{{Name: name, Detail: "It is not UTF-8."}}
	}
	strict, err := json.UnmarshalStrict(raw, into)
	var wrongType *gojson.UnmarshalTypeError
	switch {
	case errors.As(err, &wrongType):
		kind, _, _ := strings.Cut(wrongType.Value, " ") // "number 1.5" is a number too
		return []problem.Field{{Name: name, Detail: "It has the wrong type: " + kind + "."}}
	case err != nil:
		return []problem.Field{{Name: name, Detail: "It cannot be read: " + err.Error() + "."}}
	}
	return strictly(strict, name+".")
}

const noSuchMember = "The member is unknown."

// strictly turns the errors of strict decoding into fields.
func strictly(errs []error, prefix string) []problem.Field {
	var wrong []problem.Field
	for _, err := range errs {
		var known json.FieldError
		name, detail := "", "It must be given only once."
		if errors.As(err, &known) {
			name = known.FieldPath()
		}
		if strings.HasPrefix(err.Error(), "unknown") {
			detail = noSuchMember
		}
		wrong = append(wrong, problem.Field{Name: prefix + name, Detail: detail})
	}
	return wrong
}
