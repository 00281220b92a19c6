package web

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gin-gonic/gin/binding"
	"github.com/go-playground/validator/v10"
	"github.com/google/uuid"

	"example.com/kubernetes-networking/apps/internal/problem"
)

// required is what is said of a value that is missing.
const required = "It is required."

// useOurRules teaches gin's validator, which is one for the whole process, the names that callers know and our rules:
//
//   - text: what a person can read
//   - taxcode: a client's tax code; it is part of URLs, so it has no separators
//   - uuid: the library's own rule takes no capital letters, and RFC 9562 says to read both
//   - time: a time as in RFC 3339
//   - key: an idempotency key, 1 to 255 visible ASCII characters
var useOurRules = sync.OnceValue(func() error {
	rules, err := validation()
	if err != nil {
		return err
	}
	rules.RegisterTagNameFunc(memberName)
	rules.RegisterAlias("taxcode", "alphanum,max=32")
	return errors.Join(
		rules.RegisterValidation("text", isText),
		rules.RegisterValidation("uuid", isUUID),
		rules.RegisterValidation("time", isTime),
		rules.RegisterValidation("key", isKey),
	)
})

func validation() (*validator.Validate, error) {
	rules, ok := binding.Validator.Engine().(*validator.Validate)
	if !ok {
		return nil, fmt.Errorf("gin's validator is a %T, not the one that this package was written for", binding.Validator.Engine())
	}
	return rules, nil
}

// isText accepts what a person can read: PostgreSQL refuses the NUL character, a name of spaces is none, and U+FFFD
// stands where JSON had half of a surrogate pair, which is no character.
func isText(field validator.FieldLevel) bool {
	text := field.Field().String()
	return strings.TrimSpace(text) != "" && !strings.ContainsFunc(text, unicode.IsControl) && !strings.ContainsRune(text, utf8.RuneError)
}

func isUUID(field validator.FieldLevel) bool {
	_, err := uuid.Parse(field.Field().String())
	return err == nil && len(field.Field().String()) == len(uuid.Nil.String())
}

func isTime(field validator.FieldLevel) bool {
	_, err := time.Parse(time.RFC3339Nano, field.Field().String())
	return err == nil
}

func isKey(field validator.FieldLevel) bool {
	key := field.Field().String()
	return len(key) >= 1 && len(key) <= 255 && !strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' })
}

// checkBody checks a struct against its `binding` tags.
func checkBody(body any) ([]problem.Field, error) {
	rules, err := validation()
	if err != nil {
		return nil, err
	}
	var broken validator.ValidationErrors
	if err := rules.Struct(body); err != nil && !errors.As(err, &broken) {
		return nil, fmt.Errorf("check a %s: %w", reflect.TypeOf(body), err)
	}
	var wrong []problem.Field
	for _, rule := range broken {
		wrong = append(wrong, problem.Field{Name: rule.Field(), Detail: meaning(rule)})
	}
	return wrong, nil
}

// checkValue checks one value that is not in a body against a rule, and returns what is wrong with it.
func checkValue(value any, rule string) (detail string, err error) {
	rules, err := validation()
	if err != nil {
		return "", err
	}
	var broken validator.ValidationErrors
	switch err := rules.Var(value, rule); {
	case err == nil:
		return "", nil
	case errors.As(err, &broken):
		return meaning(broken[0]), nil
	default:
		return "", fmt.Errorf("check a value against the rule %q: %w", rule, err)
	}
}

func meaning(field validator.FieldError) string {
	number := field.Kind() == reflect.Int
	switch field.Tag() {
	case "required":
		return required
	case "text":
		return "It has to be a text without control characters."
	case "taxcode":
		return "It has to be 1 to 32 letters and digits."
	case "min":
		return "It has to be at least " + field.Param() + "."
	case "max":
		if number {
			return "It may be at most " + field.Param() + "."
		}
		return "It may have at most " + field.Param() + " characters."
	case "uuid":
		return "It has to be a UUID, such as 0199f5a6-2d0b-7c6e-8f0a-6a3b5d1c9e42."
	case "time":
		return "It has to be a time such as 2026-01-02T03:04:05.678901Z."
	case "key":
		return "It has to be 1 to 255 visible ASCII characters."
	default:
		return "It breaks the rule " + field.Tag() + "."
	}
}
