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

// rule is a validation rule for a string.
type rule struct {
	holds func(text string) bool
	// meaning is the message for a value that breaks the rule.
	meaning string
	// pattern and format express the rule in the OpenAPI document, as far as JSON Schema can.
	pattern, format string
}

// rules are the names for binding tags, beside the validator's own required, omitempty, min and max.
var rules = map[string]rule{
	"text": {
		holds:   isText,
		meaning: "It must be a text without control characters.",
		pattern: `^[^\x00-\x1f\x7f-\x9f]*\S[^\x00-\x1f\x7f-\x9f]*$`,
	},
	"taxcode": { // it is part of URLs, so it has no separators
		holds: func(text string) bool {
			return len(text) <= 32 && text != "" && !strings.ContainsFunc(text, func(r rune) bool { return !isLetterOrDigit(r) })
		},
		meaning: "It must consist of 1 to 32 letters and digits.",
		pattern: "^[A-Za-z0-9]{1,32}$",
	},
	"uuid": { // the validator's own rule refuses capital letters, which RFC 9562 requires to be read
		holds: func(text string) bool {
			return len(text) == len(uuid.Nil.String()) && uuid.Validate(text) == nil
		},
		meaning: "It must be a UUID, such as 0199f5a6-2d0b-7c6e-8f0a-6a3b5d1c9e42.",
		format:  "uuid",
	},
	"time": {
		holds:   func(text string) bool { return new(time.Time).UnmarshalText([]byte(text)) == nil },
		meaning: "It must be a time, such as 2026-01-02T03:04:05.678901Z.",
		format:  "date-time",
	},
	"key": { // draft-ietf-httpapi-idempotency-key-header leaves the length to the server
		holds: func(text string) bool {
			return len(text) >= 1 && len(text) <= 255 && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
		},
		meaning: "It must consist of 1 to 255 visible ASCII characters.",
		pattern: "^[!-~]{1,255}$",
	},
	"tags": {
		holds:   func(text string) bool { return new(Tags).UnmarshalText([]byte(text)) == nil },
		meaning: `It must be * or a comma-separated list of ETags in double quotes, such as "3f0e".`,
		pattern: `^(\*|[^*]*"[^*]*"[^*]*)$`,
	},
}

// isText accepts readable text. It refuses blank names, control characters (PostgreSQL cannot store NUL), and U+FFFD,
// which replaces half of a surrogate pair in JSON.
func isText(text string) bool {
	return strings.TrimSpace(text) != "" && !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError })
}

func isLetterOrDigit(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

// registerRules adds the rules to gin's validator, which is global, and makes its errors use JSON names.
var registerRules = sync.OnceValue(func() error {
	checker, err := checker()
	if err != nil {
		return err
	}
	checker.RegisterTagNameFunc(memberName)
	for name, rule := range rules {
		holds := func(field validator.FieldLevel) bool { return rule.holds(field.Field().String()) }
		if err := checker.RegisterValidation(name, holds); err != nil {
			return fmt.Errorf("register the rule %s: %w", name, err)
		}
	}
	return nil
})

func checker() (*validator.Validate, error) {
	checker, ok := binding.Validator.Engine().(*validator.Validate)
	if !ok {
		return nil, fmt.Errorf("gin's validator is a %T, want a *validator.Validate", binding.Validator.Engine())
	}
	return checker, nil
}

// checkBody validates a struct against its binding tags.
func checkBody(body any) ([]problem.Field, error) {
	checker, err := checker()
	if err != nil {
		return nil, err
	}
	var broken validator.ValidationErrors
	if err := checker.Struct(body); err != nil && !errors.As(err, &broken) {
		return nil, fmt.Errorf("check a %T: %w", body, err)
	}
	var wrong []problem.Field
	for _, field := range broken {
		wrong = append(wrong, problem.Field{Name: field.Field(), Detail: meaning(field)})
	}
	return wrong, nil
}

// checkValue validates a single value and returns the message for the caller, empty if the value is valid.
func checkValue(value any, rule string) (detail string, err error) {
	checker, err := checker()
	if err != nil {
		return "", err
	}
	var broken validator.ValidationErrors
	switch err := checker.Var(value, rule); {
	case err == nil:
		return "", nil
	case errors.As(err, &broken):
		return meaning(broken[0]), nil
	default:
		return "", fmt.Errorf("check a value against the rule %q: %w", rule, err)
	}
}

// required is the message for a missing value.
const required = "It is required."

// meaning returns the message for a value that breaks a rule.
func meaning(field validator.FieldError) string {
	switch {
	case field.Tag() == "required":
		return required
	case field.Tag() == "min":
		return "It must be at least " + field.Param() + "."
	case field.Tag() == "max" && field.Kind() == reflect.Int:
		return "It must be at most " + field.Param() + "."
	case field.Tag() == "max":
		return "It must have at most " + field.Param() + " characters."
	default:
		return rules[field.Tag()].meaning
	}
}
