package web

import (
	"encoding/json"
	"fmt"
	"maps"
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

// version is the version of the API, which OpenAPI requires. The routes do not carry it.
const version = "1.0.0"

// forAll is the part of the description that all APIs share.
const forAll = " Paths that support GET also support HEAD. Errors are problem details (RFC 9457)."

// document serves the OpenAPI 3.1 document of the API. It is built on the first request: until then it takes no memory.
func (a *API) document(c *gin.Context) error {
	document, err := a.built()
	if err != nil {
		return err
	}
	c.Data(http.StatusOK, "application/json", document)
	return nil
}

func (a *API) buildDocument() ([]byte, error) {
	reflector := openapi31.NewReflector()
	reflector.DefaultOptions = append(reflector.DefaultOptions,
		jsonschema.InterceptProp(describe),
		jsonschema.InterceptSchema(asOnTheWire),
		jsonschema.InterceptNullability(neverNull),
		jsonschema.InterceptDefName(schemaName),
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
	operation.AddReqStructure(r.parameters)
	if r.input.hasBody {
		operation.AddReqStructure(r.body, openapi.WithContentType("application/json"))
	}
	r.documentAnswers(operation)
	if err := reflector.AddOperation(operation); err != nil {
		return err
	}
	return r.require(reflector)
}

// require marks what is required. The library does this for path parameters only.
func (r route) require(reflector *openapi31.Reflector) error {
	item := reflector.Spec.Paths.MapOfPathItemValues[pathParameter.ReplaceAllString(r.path, "{$1}")]
	operation, err := item.Operation(r.method)
	if err != nil {
		return err
	}
	if operation.RequestBody != nil {
		operation.RequestBody.RequestBody.WithRequired(true)
	}
	for _, documented := range operation.Parameters {
		required := slices.ContainsFunc(r.input.parameters, func(p parameter) bool {
			return p.required && p.in == string(documented.Parameter.In) && p.name == documented.Parameter.Name
		})
		if required {
			documented.Parameter.WithRequired(true)
		}
	}
	return nil
}

// locationHeader documents the header of a Created answer.
type locationHeader struct {
	Location string `header:"Location" required:"true" description:"The path of the new resource."`
}

func (r route) documentAnswers(operation openapi.OperationContext) {
	status, _, data := parts(r.answer)
	success := openapi.WithHTTPStatus(status)
	operation.AddRespStructure(withEnvelope(data), success)
	switch _, tagged := data.(Tagged); { // one struct, because the library keeps the headers of the last one
	case tagged && status == http.StatusCreated:
		operation.AddRespStructure(struct {
			locationHeader
			etagHeader
		}{}, success)
	case status == http.StatusCreated:
		operation.AddRespStructure(locationHeader{}, success)
	case tagged:
		operation.AddRespStructure(etagHeader{}, success)
	}
	if _, conditional := r.parameters.(condition); conditional {
		operation.AddRespStructure(etagHeader{}, openapi.WithHTTPStatus(http.StatusNotModified), describedAs("The caller has this revision already."))
	}
	for status, when := range r.problems() {
		asProblem := []openapi.ContentOption{openapi.WithHTTPStatus(status), openapi.WithContentType(problem.ContentType), describedAs(when)}
		operation.AddRespStructure(problem.Document{}, asProblem...)
		switch {
		case status == http.StatusServiceUnavailable:
			operation.AddRespStructure(problem.RetryAfter{}, asProblem...)
		case status == http.StatusConflict && r.changes():
			operation.AddRespStructure(etagHeader{}, asProblem...)
		}
	}
}

// problems returns the operation's own problems and those that follow from its types.
func (r route) problems() map[int]string {
	all := map[int]string{
		http.StatusBadRequest:          "The request cannot be read.",
		http.StatusUnprocessableEntity: "Some values are invalid.",
		http.StatusInternalServerError: "Something went wrong in the service.",
		http.StatusServiceUnavailable:  "The database or another service does not answer.",
	}
	if r.input.hasBody {
		all[http.StatusRequestEntityTooLarge] = "The body is too long."
		all[http.StatusUnsupportedMediaType] = "The body is not application/json in UTF-8."
	}
	if r.changes() {
		all[http.StatusConflict] = "The resource changed since it was read."
	}
	maps.Copy(all, r.operation.Problems)
	return all
}

// changes reports whether the route is a change with a condition.
func (r route) changes() bool {
	embedded, found := reflect.TypeOf(r.parameters).FieldByName("IfUnchanged")
	return found && embedded.Type == reflect.TypeFor[IfUnchanged]()
}

// withEnvelope returns an empty envelope whose data has the type of data; nil if data is nil. The library derives the
// schema of an answer from it.
func withEnvelope(data any) any {
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
