package web

import (
	"encoding"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"example.com/kubernetes-networking/apps/internal/problem"
)

// parameter is one value in the path, the query or the headers of a request.
type parameter struct {
	in, name string
	// rule is in the validator's notation, without required.
	rule     string
	required bool
	// fallback is the default value; empty for none.
	fallback string
	index    []int
}

// The places of parameters: the struct tags and OpenAPI use the same words.
const (
	inPath   = "path"
	inQuery  = "query"
	inHeader = "header"
)

// parametersOf returns the parameters that a struct declares.
func parametersOf(declared reflect.Type) []parameter {
	var all []parameter
	for _, field := range reflect.VisibleFields(declared) {
		for _, in := range []string{inPath, inQuery, inHeader} {
			name, tagged := field.Tag.Lookup(in)
			if !tagged {
				continue
			}
			rules := strings.Split(field.Tag.Get("binding"), ",")
			all = append(all, parameter{
				in: in, name: name,
				required: slices.Contains(rules, "required"),
				rule:     strings.Join(slices.DeleteFunc(rules, func(rule string) bool { return rule == "required" }), ","),
				fallback: field.Tag.Get("default"),
				index:    field.Index,
			})
		}
	}
	return all
}

// queryOf parses the query. Unlike url.URL.Query it returns an error for malformed pairs.
func queryOf(c *gin.Context) (url.Values, error) {
	query, err := url.ParseQuery(c.Request.URL.RawQuery)
	if err != nil {
		return nil, problem.New(http.StatusBadRequest, "The query of the URL cannot be read: %v.", err)
	}
	return query, nil
}

// misplaced returns the query parameters that are unknown or repeated. Ignoring them would silently answer a different
// question: a mistyped filter would list everything.
func misplaced(query url.Values, parameters []parameter) []problem.Field {
	var wrong []problem.Field
	for name, values := range query {
		known := slices.ContainsFunc(parameters, func(known parameter) bool { return known.in == inQuery && known.name == name })
		switch {
		case !known:
			wrong = append(wrong, problem.Field{Name: name, Detail: "The parameter is unknown."})
		case len(values) > 1:
			wrong = append(wrong, problem.Field{Name: name, Detail: "It must be given only once."})
		}
	}
	slices.SortFunc(wrong, func(a, b problem.Field) int { return strings.Compare(a.Name, b.Name) })
	return wrong
}

// text returns the parameter's raw value, and whether the request has it. Repeated headers are joined to one list (RFC
// 9110 section 5.2).
func (p parameter) text(c *gin.Context, query url.Values) (text string, present bool) {
	switch p.in {
	case inPath:
		return c.Params.Get(p.name)
	case inQuery:
		return query.Get(p.name), query.Has(p.name)
	default:
		values := c.Request.Header.Values(p.name)
		return strings.Join(values, ", "), len(values) > 0
	}
}

// read validates text and stores it in into. It returns a field if the value is invalid.
func (p parameter) read(text string, present bool, into reflect.Value) (*problem.Field, error) {
	switch {
	case !present && p.required:
		return &problem.Field{Name: p.name, Detail: required}, nil
	case !present && p.fallback == "":
		return nil, nil
	case !present:
		text = p.fallback
	}
	if into.Kind() == reflect.Pointer {
		into.Set(reflect.New(into.Type().Elem()))
		into = into.Elem()
	}
	if into.Kind() == reflect.Int {
		number, err := strconv.Atoi(text)
		into.SetInt(int64(number))
		if err != nil || strconv.Itoa(number) != text {
			return &problem.Field{Name: p.name, Detail: "It must be a whole number."}, nil
		}
		return p.check(number)
	}
	if wrong, err := p.check(text); wrong != nil || err != nil {
		return wrong, err
	}
	if reader, ok := into.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if err := reader.UnmarshalText([]byte(text)); err != nil {
			return nil, fmt.Errorf("the rule %q accepts a value that %s cannot read: %w", p.rule, into.Type(), err)
		}
		return nil, nil
	}
	into.SetString(text)
	return nil, nil
}

func (p parameter) check(value any) (*problem.Field, error) {
	detail, err := checkValue(value, p.rule)
	if detail == "" || err != nil {
		return nil, err
	}
	return &problem.Field{Name: p.name, Detail: detail}, nil
}
