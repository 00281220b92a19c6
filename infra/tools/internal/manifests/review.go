package manifests

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

const (
	// The engine's placeholders in a preview: computedValuePlaceholder in pulumi/pkg/resource/stack/deployment.go, and
	// massagePropertyValue in pulumi/pkg/backend/display/json.go.
	unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
	secretValue  = "[secret]"

	// The text in their place. Both are valid in each field: redacted is also valid base64 and a valid key of a Secret,
	// unknown a valid name of an object and of an image.
	redacted = "REDACTED"
	unknown  = "known-after-up"

	// stableSuffix replaces the random suffix of a name, which differs between previews.
	stableSuffix = "-xxxxxxxx"

	// internal is the domain of annotations for Pulumi itself.
	internal = "pulumi.com/"
)

var (
	randomSuffix = regexp.MustCompile(`-[0-9a-f]{8}$`)
	// secretName matches the names of environment variables that hold a secret.
	secretName = regexp.MustCompile(`(?i)password|secret|token`)
)

// review converts an object's inputs for readers: it masks secrets and makes names stable.
type review struct{ words *strings.Replacer }

// newReview collects the names that Pulumi has generated, which other objects refer to.
func newReview(objects []map[string]any) review {
	pairs := []string{unknownValue, unknown}
	for _, object := range objects {
		name := nameOf(object)
		if annotations(object)["pulumi.com/autonamed"] == "true" {
			pairs = append(pairs, name, randomSuffix.ReplaceAllString(name, stableSuffix))
		}
	}
	return review{strings.NewReplacer(pairs...)}
}

func (r review) object(inputs map[string]any) map[string]any {
	object, _ := r.value(inputs).(map[string]any)
	if metadata, ok := object["metadata"].(map[string]any); ok {
		notes := annotations(object)
		for name := range notes {
			if strings.HasPrefix(name, internal) {
				delete(notes, name)
			}
		}
		if len(notes) == 0 {
			delete(metadata, "annotations")
		}
	}
	if object["kind"] == "Secret" {
		for _, field := range []string{"data", "stringData"} {
			if values, found := object[field]; found {
				object[field] = redact(values)
			}
		}
	}
	return object
}

// value returns a copy of the value in types that the YAML encoder supports, without the fields of Pulumi itself.
func (r review) value(value any) any {
	switch value := value.(type) {
	case map[string]any:
		fields := map[string]any{}
		for name, field := range value {
			if !strings.HasPrefix(name, "__") {
				fields[name] = r.value(field)
			}
		}
		redactVariable(fields)
		return fields
	case []any:
		return r.list(value)
	case json.Number:
		return number(value)
	case string:
		if value == secretValue {
			return redacted
		}
		return r.words.Replace(value)
	}
	return value
}

// list omits the items that are not known yet. A comment gives their number, because a text cannot stand for an object.
func (r review) list(values []any) any {
	items := []any{}
	for _, value := range values {
		if value != unknownValue {
			items = append(items, r.value(value))
		}
	}
	missing := len(values) - len(items)
	if missing == 0 {
		return items
	}
	var list yaml.Node
	if err := list.Encode(items); err != nil {
		return values // the encoder of the whole object returns the error
	}
	list.HeadComment = fmt.Sprintf("%d more, %s", missing, unknown)
	if len(items) == 0 { // [] is in the line of the field's name
		list.HeadComment, list.LineComment = "", list.HeadComment
	}
	return &list
}

func number(text json.Number) any {
	if whole, err := text.Int64(); err == nil {
		return whole
	}
	fraction, _ := text.Float64()
	return fraction
}

// redactVariable masks the plain value of an environment variable with the name of a secret. The engine masks only
// values that the program has marked as secret.
func redactVariable(fields map[string]any) {
	name, _ := fields["name"].(string)
	if _, plain := fields["value"].(string); plain && secretName.MatchString(name) {
		fields["value"] = redacted
	}
}

// redact masks the values of a Secret and keeps the keys that the preview holds.
func redact(values any) map[string]any {
	keys, ok := values.(map[string]any)
	if !ok {
		return map[string]any{redacted: redacted}
	}
	for key := range keys {
		keys[key] = redacted
	}
	return keys
}

func annotations(object map[string]any) map[string]any {
	metadata, _ := object["metadata"].(map[string]any)
	notes, _ := metadata["annotations"].(map[string]any)
	return notes
}

func nameOf(object map[string]any) string {
	metadata, _ := object["metadata"].(map[string]any)
	name, _ := metadata["name"].(string)
	return name
}
