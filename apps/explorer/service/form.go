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

// longest is the maximum length that the services accept.
const longest = 100

// field is a field of the form, with the typed value and its problem; empty if the value is valid.
type field struct{ Name, Label, Value, Problem string }

func fieldsOf(purchase traces.Purchase) []field {
	return []field{
		{Name: "firstName", Label: "First name", Value: purchase.FirstName},
		{Name: "lastName", Label: "Last name", Value: purchase.LastName},
		{Name: "product", Label: "Product", Value: purchase.Product},
	}
}

// readForm returns the typed values, and reports whether all of them are valid.
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

// wrong returns the problem of a name; "" if it is valid.
func wrong(value string) string {
	switch {
	case value == "":
		return "Type 1 to 100 letters."
	case !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl):
		return "Type visible characters only."
	case utf8.RuneCountInString(value) > longest:
		return "Type at most 100 letters."
	}
	return ""
}

// sentence returns an error in words that are safe to show to a visitor.
func sentence(err error) string {
	var step *traces.StepError
	if errors.As(err, &step) {
		return "The purchase failed: " + step.Error()
	}
	return problem.From(err).Detail
}
