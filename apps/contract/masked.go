package contract

import (
	"log/slog"
	"reflect"

	"example.com/kubernetes-networking/apps/contract/redact"
)

// Masked returns a loaded configuration for the log, each variable by its name, with every secret hidden, and the
// credentials of every URL.
func Masked(config any) slog.Value {
	var attributes []slog.Attr
	for _, variable := range variables(reflect.ValueOf(config)) {
		attributes = append(attributes, slog.String(variable.name, variable.masked(redact.Text)))
	}
	return slog.GroupValue(attributes...)
}

// variable is one variable of a contract and the value that was read.
type variable struct {
	name, value string
	secret      bool
}

// masked returns the value without what must not be shown; hide is for a value that is not a secret as a whole.
func (v variable) masked(hide func(string) string) string {
	if v.secret && v.value != "" {
		return redact.Mask
	}
	return hide(v.value)
}

// variables lists the variables of a contract whose fields are strings, nested structs included, in order.
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
