package manifests

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

const (
	// What the preview holds in place of a value, the engine's own constants: computedValuePlaceholder in
	// pulumi/pkg/resource/stack/deployment.go, and massagePropertyValue in pulumi/pkg/backend/display/json.go.
	unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
	secretValue  = "[secret]"

	// What a reader sees instead. Both are valid wherever a string is: redacted as base64 and as a key of a Secret,
	// unknown as the name of an object and of an image.
	redacted = "REDACTED"
	unknown  = "known-after-up"

	// stableSuffix stands where a name has a random suffix, which differs from one preview to the next.
	stableSuffix = "-xxxxxxxx"

	// internal is the domain of the annotations that tell Pulumi how to deploy; Kubernetes makes nothing of them.
	internal = "pulumi.com/"
)

var (
	randomSuffix = regexp.MustCompile(`-[0-9a-f]{8}$`)
	// secretName is the name of an environment variable that should come from a Secret.
	secretName = regexp.MustCompile(`(?i)password|secret|token`)
)

// review turns an object's inputs into what is worth a reader's while.
type review struct{ words *strings.Replacer }

// newReview learns the names that Pulumi made up, to find them in the objects that refer to them, too.
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

// value is a copy of the value in the types that YAML knows, without the fields that Pulumi keeps for itself.
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

// list leaves out the items that are not known yet, and says so in a comment: most items are objects, and no text can
// stand for one.
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
		return values // for the encoder of the whole object to fail on
	}
	list.HeadComment = fmt.Sprintf("%d more, %s", missing, unknown)
	if len(items) == 0 { // [] stands beside the field's name
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

// redactVariable hides the plain value of an environment variable whose name says that it is a secret: the program has
// not told Pulumi so, which would hide it.
func redactVariable(fields map[string]any) {
	name, _ := fields["name"].(string)
	if _, plain := fields["value"].(string); plain && secretName.MatchString(name) {
		fields["value"] = redacted
	}
}

// redact keeps the keys of a Secret, as far as the preview tells them.
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
