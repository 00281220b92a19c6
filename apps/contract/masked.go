package contract

import (
	"log/slog"
	"reflect"

	"example.com/kubernetes-networking/apps/contract/redact"
)

// Masked returns a loaded configuration for the log. It hides secrets, and credentials in URLs.
func Masked(config any) slog.Value {
	var attributes []slog.Attr
	for _, variable := range variables(reflect.ValueOf(config)) {
		attributes = append(attributes, slog.String(variable.name, variable.masked(redact.Text)))
	}
	return slog.GroupValue(attributes...)
}

// variable is one variable of a contract with its value.
type variable struct {
	name, value string
	secret      bool
}

// masked returns the mask for a secret, and hide(value) for any other value.
func (v variable) masked(hide func(string) string) string {
	if v.secret && v.value != "" {
		return redact.Mask
	}
	return hide(v.value)
}

// variables lists the variables of a contract with string fields in order, including nested structs.
func variables(config reflect.Value) []variable {
	var all []variable
	for field, value := range config.Fields() {
		if value.Kind() == reflect.Struct {
			all = append(all, variables(value)...)
			continue
		}
		all = append(all, variable{
			name:   field.Tag.Get("env"),
			value:  value.String(),
			secret: field.Tag.Get("secret") == "true",
		})
	}
	return all
}
