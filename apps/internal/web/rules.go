package web

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"unicode"

	"github.com/gin-gonic/gin/binding"
	"github.com/go-playground/validator/v10"
	"github.com/google/uuid"

	"example.com/kubernetes-networking/apps/internal/problem"
)

// useOurRules teaches gin's validator, which is one for the whole process, the names that callers know and our rules:
//
//   - text: what a person can read
//   - taxcode: a client's tax code; it is part of URLs, so it has no separators
//   - uuid: the library's own rule takes no capital letters, and RFC 9562 says to read both
var useOurRules = sync.OnceValue(func() error {
	rules, ok := binding.Validator.Engine().(*validator.Validate)
	if !ok {
		return fmt.Errorf("gin's validator is a %T, not the one that this package was written for", binding.Validator.Engine())
	}
	rules.RegisterTagNameFunc(func(field reflect.StructField) string {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		return name
	})
	rules.RegisterAlias("taxcode", "alphanum,max=32")
	return errors.Join(rules.RegisterValidation("text", isText), rules.RegisterValidation("uuid", isUUID))
})

// isText accepts what a person can read: PostgreSQL refuses the NUL character, and a name of spaces is none.
func isText(field validator.FieldLevel) bool {
	text := field.Field().String()
	return strings.TrimSpace(text) != "" && !strings.ContainsFunc(text, unicode.IsControl)
}

func isUUID(field validator.FieldLevel) bool {
	_, err := uuid.Parse(field.Field().String())
	return err == nil && len(field.Field().String()) == len(uuid.Nil.String())
}

// checkBody checks a struct against its `binding` tags.
func checkBody(body any) error {
	return invalid(binding.Validator.ValidateStruct(body), "")
}

// checkValue checks one value that is not in a body against a rule.
func checkValue(name, value, rule string) error {
	rules, ok := binding.Validator.Engine().(*validator.Validate)
	if !ok {
		return fmt.Errorf("gin's validator is a %T", binding.Validator.Engine())
	}
	return invalid(rules.Var(value, rule), name)
}

// invalid turns the validator's errors into a 422. A value that is not a struct's field has no name of its own.
func invalid(err error, name string) error {
	var wrong validator.ValidationErrors
	if !errors.As(err, &wrong) {
		return err
	}
	var fields []problem.Field
	for _, field := range wrong {
		fields = append(fields, problem.Field{Name: name + field.Field(), Detail: meaning(field)})
	}
	return problem.Invalid(fields...)
}

func meaning(field validator.FieldError) string {
	switch field.Tag() {
	case "required":
		return "It is required."
	case "text":
		return "It has to be a text without control characters."
	case "taxcode":
		return "It has to be 1 to 32 letters and digits."
	case "max":
		return "It may have at most " + field.Param() + " characters."
	case "uuid":
		return "It has to be a UUID, such as 0199f5a6-2d0b-7c6e-8f0a-6a3b5d1c9e42."
	default:
		return "It breaks the rule " + field.Tag() + "."
	}
}
