package web

import (
	"context"
	"net/http"
	"reflect"
	"strings"

	"github.com/gin-gonic/gin"

	"example.com/kubernetes-networking/apps/internal/problem"
)

// None is the type of parameters, a body or an answer that a route does not have.
type None struct{}

// Operation describes a route in /openapi.json. The types of its parameters, body and answer come from its handler.
type Operation struct {
	// ID names the operation for client generators, such as createClient.
	ID string
	// Summary describes the operation in a sentence.
	Summary string
	// Problems maps the error statuses that only this operation has to their descriptions. The statuses that all
	// operations share are added to them.
	Problems map[int]string
}

// route is a declared route. Its parameters, body and answer are zero values of the handler's types.
type route struct {
	method, path             string
	operation                Operation
	input                    input
	parameters, body, answer any
}

// Handle declares a route without a request body. The pattern is a method and a path in gin's notation, such as
// "GET /clients/:taxCode". A GET route also serves HEAD.
//
// P is a struct; each of its fields has a tag path, query or header with the name of the parameter, a tag binding with
// its rules, and a tag description. A field is a string, an int or an encoding.TextUnmarshaler. The handler runs only if
// all rules hold.
//
// R is the data of the answer. None is sent as 204 and Created as 201. A Tagged R sends its ETag.
//
// An error of the handler becomes a problem response, see problem.From.
func Handle[P, R any](api *API, pattern string, handler func(context.Context, P) (R, error), operation Operation) {
	HandleBody(api, pattern, func(ctx context.Context, parameters P, _ None) (R, error) {
		return handler(ctx, parameters)
	}, operation)
}

// HandleBody is Handle for a route that takes a JSON object. B is a struct whose fields have the tags json and binding.
func HandleBody[P, B, R any](
	api *API, pattern string, handler func(context.Context, P, B) (R, error), operation Operation,
) {
	method, path, _ := strings.Cut(pattern, " ")
	input := newInput(reflect.TypeFor[P](), reflect.TypeFor[B]())
	api.routes = append(api.routes, route{method, path, operation, input, *new(P), *new(B), *new(R)})
	api.handle(method, path, answering(func(c *gin.Context) error {
		var parameters P
		var body B
		if err := input.read(c, reflect.ValueOf(&parameters).Elem(), reflect.ValueOf(&body).Elem()); err != nil {
			return err
		}
		answer, err := handler(c.Request.Context(), parameters, body)
		if err != nil {
			return err
		}
		respond(c, parameters, answer)
		return nil
	}))
}

// handle registers a handler with gin. HEAD is served like GET: net/http drops the body (RFC 9110 section 9.3.2).
func (a *API) handle(method, path string, handler gin.HandlerFunc) {
	a.engine.Handle(method, path, handler)
	if method == http.MethodGet {
		a.engine.HEAD(path, handler)
	}
}

// answering adapts a handler to gin: its error becomes a problem response.
func answering(handler func(*gin.Context) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := handler(c); err != nil {
			problem.Write(c.Writer, c.Request, err)
		}
	}
}
