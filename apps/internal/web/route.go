package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"example.com/kubernetes-networking/apps/internal/problem"
)

// Handler answers a request, or returns an error that becomes a problem response.
type Handler func(*gin.Context) error

// Operation says what a route takes and answers. It is what a request is read and checked by, and what /openapi.json
// tells.
type Operation struct {
	// ID names the operation for programs, such as createClient.
	ID string
	// Summary says in a sentence what it does.
	Summary string
	// Parameters is a struct, each field of which has a tag path, query or header with the parameter's name, a tag
	// binding with its rules, and a tag description. A field is a string, an int, or reads itself from text. The handler
	// gets it from Parameters.
	Parameters any
	// Body is a struct whose fields have the tags json, binding and description. The handler gets it from Body.
	Body any
	// Status is that of success.
	Status int
	// Answer is what the member data of the answer is, nil if there is no body.
	Answer any
	// Headers is a struct, each field of which has a tag header with the name of a header of the answer, and a tag
	// description.
	Headers any
	// Problems are the operation's own statuses of failure, and when they come. Those that all operations have, or all
	// that take parameters or a body, need not be said.
	Problems map[int]string
}

// route is one declared route.
type route struct {
	method, path string
	operation    Operation
}

// GET declares a route for GET, which answers HEAD too.
func (a *API) GET(path string, handler Handler, operation Operation) {
	a.routes = append(a.routes, route{http.MethodGet, path, operation})
	a.get(path, serve(handler, operation))
}

// get answers HEAD as it answers GET: net/http leaves the body out (RFC 9110 section 9.3.2).
func (a *API) get(path string, handler gin.HandlerFunc) {
	a.engine.GET(path, handler)
	a.engine.HEAD(path, handler)
}

// POST declares a route for POST.
func (a *API) POST(path string, handler Handler, operation Operation) {
	a.declare(http.MethodPost, path, handler, operation)
}

// PUT declares a route for PUT.
func (a *API) PUT(path string, handler Handler, operation Operation) {
	a.declare(http.MethodPut, path, handler, operation)
}

// DELETE declares a route for DELETE.
func (a *API) DELETE(path string, handler Handler, operation Operation) {
	a.declare(http.MethodDelete, path, handler, operation)
}

func (a *API) declare(method, path string, handler Handler, operation Operation) {
	a.routes = append(a.routes, route{method, path, operation})
	a.engine.Handle(method, path, serve(handler, operation))
}

// serve reads and checks a request before handler sees it.
func serve(handler Handler, operation Operation) gin.HandlerFunc {
	input := newInput(operation)
	return handle(func(c *gin.Context) error {
		if err := input.read(c); err != nil {
			return err
		}
		return handler(c)
	})
}

// handle makes a Handler fit gin.
func handle(handler Handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := handler(c); err != nil {
			problem.Write(c.Writer, c.Request, err)
		}
	}
}
