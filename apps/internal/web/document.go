package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"slices"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"github.com/swaggest/jsonschema-go"
	"github.com/swaggest/openapi-go"
	"github.com/swaggest/openapi-go/openapi31"

	"example.com/kubernetes-networking/apps/internal/problem"
)

// version is that of the API, which the document has to have. The routes do not carry it.
const version = "1.0.0"

// forAll is what the document says of all operations at once.
const forAll = " What takes GET takes HEAD too. Errors are problems as in RFC 9457."

// document answers with the OpenAPI 3.1 document of the API. It is made when somebody asks for the first time: until
// then it takes no memory.
func (a *API) document(c *gin.Context) error {
	document, err := a.made()
	if err != nil {
		return err
	}
	c.Data(http.StatusOK, "application/json", document)
	return nil
}

func (a *API) makeDocument() ([]byte, error) {
	reflector := openapi31.NewReflector()
	reflector.DefaultOptions = append(reflector.DefaultOptions,
		jsonschema.InterceptProp(describe),
		jsonschema.InterceptSchema(asOnTheWire),
		jsonschema.InterceptNullability(neverNull),
		jsonschema.InterceptDefName(named),
		func(rc *jsonschema.ReflectContext) { rc.EnvelopNullability = true },
	)
	reflector.InlineDefinition(uuid.UUID{})
	reflector.InlineDefinition(Tags{})
	reflector.Spec.Info.WithTitle(a.name).WithVersion(version).WithDescription(a.about + forAll)
	for _, route := range a.routes {
		if err := route.document(reflector); err != nil {
			return nil, fmt.Errorf("document %s %s: %w", route.method, route.path, err)
		}
	}
	document, err := json.Marshal(reflector.Spec)
	if err != nil {
		return nil, fmt.Errorf("write the document of %s: %w", a.name, err)
	}
	return document, nil
}

// pathParameter is a part of a path in gin's notation.
var pathParameter = regexp.MustCompile(`:(\w+)`)

func (r route) document(reflector *openapi31.Reflector) error {
	operation, err := reflector.NewOperationContext(r.method, pathParameter.ReplaceAllString(r.path, "{$1}"))
	if err != nil {
		return err
	}
	operation.SetID(r.operation.ID)
	operation.SetSummary(r.operation.Summary)
	if r.operation.Parameters != nil {
		operation.AddReqStructure(r.operation.Parameters)
	}
	if r.operation.Body != nil {
		operation.AddReqStructure(r.operation.Body, openapi.WithContentType("application/json"))
	}
	r.operation.documentAnswers(operation)
	if err := reflector.AddOperation(operation); err != nil {
		return err
	}
	return r.require(reflector)
}

// require marks what has to be there, which the library knows of parts of the path alone.
func (r route) require(reflector *openapi31.Reflector) error {
	item := reflector.Spec.Paths.MapOfPathItemValues[pathParameter.ReplaceAllString(r.path, "{$1}")]
	operation, err := item.Operation(r.method)
	if err != nil {
		return err
	}
	if operation.RequestBody != nil {
		operation.RequestBody.RequestBody.WithRequired(true)
	}
	if r.operation.Parameters == nil {
		return nil
	}
	declared := parametersOf(reflect.TypeOf(r.operation.Parameters))
	for _, documented := range operation.Parameters {
		required := slices.ContainsFunc(declared, func(p parameter) bool {
			return p.required && p.in == string(documented.Parameter.In) && p.name == documented.Parameter.Name
		})
		if required {
			documented.Parameter.WithRequired(true)
		}
	}
	return nil
}

func (o Operation) documentAnswers(operation openapi.OperationContext) {
	success := openapi.WithHTTPStatus(o.Status)
	operation.AddRespStructure(enveloped(o.Answer), success)
	if o.Headers != nil {
		operation.AddRespStructure(o.Headers, success)
	}
	if takes[IfChanged](o.Parameters) {
		operation.AddRespStructure(ETag{}, openapi.WithHTTPStatus(http.StatusNotModified), describedAs("The caller has this revision already."))
	}
	for status, when := range o.problems() {
		asProblem := []openapi.ContentOption{openapi.WithHTTPStatus(status), openapi.WithContentType(problem.ContentType), describedAs(when)}
		operation.AddRespStructure(problem.Document{}, asProblem...)
		switch {
		case status == http.StatusServiceUnavailable:
			operation.AddRespStructure(problem.RetryAfter{}, asProblem...)
		case status == http.StatusConflict && takes[IfUnchanged](o.Parameters):
			operation.AddRespStructure(ETag{}, asProblem...)
		}
	}
}

// problems are the operation's own, and those that others like it have too.
func (o Operation) problems() map[int]string {
	all := map[int]string{
		http.StatusBadRequest:          "The request cannot be read.",
		http.StatusUnprocessableEntity: "Some values are not acceptable.",
		http.StatusInternalServerError: "Something went wrong in the service.",
		http.StatusServiceUnavailable:  "The database or another service does not answer.",
	}
	if o.Body != nil {
		all[http.StatusRequestEntityTooLarge] = "The body is too long."
		all[http.StatusUnsupportedMediaType] = "The body is not application/json in UTF-8."
	}
	if takes[IfUnchanged](o.Parameters) {
		all[http.StatusConflict] = "The resource changed since it was read."
	}
	for status, when := range o.Problems {
		all[status] = when
	}
	return all
}

// takes reports whether parameters have an embedded P.
func takes[P any](parameters any) bool {
	if parameters == nil {
		return false
	}
	embedded, found := reflect.TypeOf(parameters).FieldByName(reflect.TypeFor[P]().Name())
	return found && embedded.Type == reflect.TypeFor[P]()
}

// enveloped returns a value of the type that envelope has when data is in it, nil if there is no data.
func enveloped(data any) any {
	if data == nil {
		return nil
	}
	return reflect.Zero(reflect.StructOf([]reflect.StructField{
		{Name: "Data", Type: reflect.TypeOf(data), Tag: `json:"data"`},
	})).Interface()
}

func describedAs(text string) openapi.ContentOption {
	return func(unit *openapi.ContentUnit) { unit.Description = text }
}
