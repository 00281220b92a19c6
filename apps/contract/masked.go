package contract

import (
	"log/slog"
	"reflect"
)

// mask stands in for a secret. It has a fixed length, because the length of a password is a hint too.
const mask = "******"

// Masked returns a loaded configuration for the log, each variable by its name, with every secret hidden.
func Masked(config any) slog.Value {
	var attributes []slog.Attr
	for _, variable := range variables(reflect.ValueOf(config)) {
		attributes = append(attributes, slog.String(variable.name, variable.masked()))
	}
	return slog.GroupValue(attributes...)
}

// variable is one variable of a contract and the value that was read.
type variable struct {
	name, value string
	secret      bool
}

func (v variable) masked() string {
	if v.secret && v.value != "" {
		return mask
	}
	return v.value
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
