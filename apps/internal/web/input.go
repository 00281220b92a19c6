package web

import (
	"reflect"

	"github.com/gin-gonic/gin"

	"example.com/kubernetes-networking/apps/internal/problem"
)

// maxWrong limits how many invalid values an answer lists, so that it is not much longer than its request.
const maxWrong = 100

// input reads the requests of one route.
type input struct {
	parameters []parameter
	hasBody    bool
	members    []member
}

func newInput(parameters, body reflect.Type) input {
	return input{parametersOf(parameters), body != reflect.TypeFor[None](), membersOf(body)}
}

// read stores the parameters and the body of a request. It returns one problem that lists all invalid values, up to
// maxWrong.
func (in input) read(c *gin.Context, parameters, body reflect.Value) error {
	wrong, err := in.readParameters(c, parameters)
	if err != nil {
		return err
	}
	if in.hasBody {
		invalid, err := in.readBody(c.Request, body)
		if err != nil {
			return err
		}
		wrong = append(wrong, invalid...)
	}
	if wrong != nil {
		return problem.Invalid(wrong[:min(len(wrong), maxWrong)]...)
	}
	return nil
}

func (in input) readParameters(c *gin.Context, into reflect.Value) ([]problem.Field, error) {
	query, err := queryOf(c)
	if err != nil {
		return nil, err
	}
	wrong := misplaced(query, in.parameters)
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
	return wrong, nil
}
