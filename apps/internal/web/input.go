package web

import (
	"reflect"

	"github.com/gin-gonic/gin"

	"example.com/kubernetes-networking/apps/internal/problem"
)

// Where a request's parameters and body are between the check and the handler.
const (
	parametersKey = "web.parameters"
	bodyKey       = "web.body"
)

// Parameters returns what the request has for Operation.Parameters, which has to be a T. All rules hold.
func Parameters[T any](c *gin.Context) T { return c.MustGet(parametersKey).(T) }

// Body returns what the request has for Operation.Body, which has to be a T. All rules hold.
func Body[T any](c *gin.Context) T { return c.MustGet(bodyKey).(T) }

// maxWrong is how many values of a request are named as wrong: an answer should not be much longer than its request.
const maxWrong = 100

// input reads the requests of one operation.
type input struct {
	parameters     []parameter
	parametersType reflect.Type
	members        []member
	bodyType       reflect.Type
}

func newInput(operation Operation) input {
	var in input
	if operation.Parameters != nil {
		in.parametersType = reflect.TypeOf(operation.Parameters)
		in.parameters = parametersOf(in.parametersType)
	}
	if operation.Body != nil {
		in.bodyType = reflect.TypeOf(operation.Body)
		in.members = membersOf(in.bodyType)
	}
	return in
}

// read keeps the parameters and the body for the handler, or returns one problem that names all values that are not
// acceptable, up to maxWrong.
func (in input) read(c *gin.Context) error {
	wrong, err := in.readParameters(c)
	if err != nil {
		return err
	}
	if in.bodyType != nil {
		body, invalid, err := in.readBody(c)
		if err != nil {
			return err
		}
		wrong = append(wrong, invalid...)
		c.Set(bodyKey, body)
	}
	if wrong != nil {
		return problem.Invalid(wrong[:min(len(wrong), maxWrong)]...)
	}
	return nil
}

func (in input) readParameters(c *gin.Context) ([]problem.Field, error) {
	query, err := queryOf(c)
	if err != nil {
		return nil, err
	}
	wrong := misplaced(query, in.parameters)
	if in.parametersType == nil {
		return wrong, nil
	}
	into := reflect.New(in.parametersType).Elem()
	for _, parameter := range in.parameters {
		text, present := parameter.text(c, query)
		field, err := parameter.read(text, present, into.FieldByIndex(parameter.index))
		if err != nil {
			return nil, err
		}
		if field != nil {
			wrong = append(wrong, *field)
		}
	}
	c.Set(parametersKey, into.Interface())
	return wrong, nil
}
