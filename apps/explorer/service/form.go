package service

import (
	"errors"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"example.com/kubernetes-networking/apps/explorer/traces"
	"example.com/kubernetes-networking/apps/internal/problem"
)

// longest is what the services take.
const longest = 100

// field is one of the form's, with what was typed and what is wrong with it.
type field struct{ Name, Label, Value, Problem string }

func fieldsOf(purchase traces.Purchase) []field {
	return []field{
		{Name: "firstName", Label: "First name", Value: purchase.FirstName},
		{Name: "lastName", Label: "Last name", Value: purchase.LastName},
		{Name: "product", Label: "Product", Value: purchase.Product},
	}
}

// readForm reads what was typed, and reports whether all of it is acceptable.
func readForm(form url.Values) (traces.Purchase, []field, bool) {
	purchase := traces.Purchase{
		FirstName: strings.TrimSpace(form.Get("firstName")),
		LastName:  strings.TrimSpace(form.Get("lastName")),
		Product:   strings.TrimSpace(form.Get("product")),
	}
	fields, acceptable := fieldsOf(purchase), true
	for i := range fields {
		fields[i].Problem = wrong(fields[i].Value)
		acceptable = acceptable && fields[i].Problem == ""
	}
	return purchase, fields, acceptable
}

// wrong says what is wrong with a name; nothing, if it is fine.
func wrong(value string) string {
	switch {
	case value == "":
		return "Type 1 to 100 letters."
	case !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl):
		return "Type letters that can be seen."
	case utf8.RuneCountInString(value) > longest:
		return "Type at most 100 letters."
	}
	return ""
}

// sentence is an error in the words that a visitor may see.
func sentence(err error) string {
	var step *traces.StepError
	if errors.As(err, &step) {
		return "The purchase stopped: " + step.Error()
	}
	return problem.From(err).Detail
}
