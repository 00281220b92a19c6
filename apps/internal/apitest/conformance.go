package apitest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	validation "github.com/pb33f/libopenapi-validator/errors"
	"github.com/pb33f/libopenapi-validator/paths"
	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"
)

// conformance is the /openapi.json of an API, and the answers that were seen.
type conformance struct {
	// lock guards all fields: the validator writes to the document while it reads it.
	lock      sync.Mutex
	validator validator.Validator
	document  *v3.Document
	seen      map[answer]bool
}

// answer identifies a documented answer, such as GET /clients/{taxCode} 404.
type answer struct {
	method, path, status string
}

func (a answer) String() string { return a.method + " " + a.path + " " + a.status }

// forOperators are the paths that no API documents.
var forOperators = map[string]bool{"/metrics": true, "/openapi.json": true}

// conformances maps host:port to a function that returns the conformance of the API there, nil if it has no document.
var conformances sync.Map

// Conform makes this package validate every exchange with address, host:port, against the document of handler, which
// listens there. Serve calls it.
func Conform(address string, handler http.Handler) {
	conformances.Store(address, sync.OnceValues(func() (*conformance, error) { return read(handler) }))
}

// conform validates an exchange against the document of the API, if it has one. It returns an error if the document cannot
// be read.
func conform(t *testing.T, request *http.Request, got Answer) error {
	t.Helper()
	conformance, err := conformanceOf(request.URL.Host)
	if err != nil || conformance == nil {
		return err
	}
	return conformance.check(t, request, got)
}

// conformanceOf returns nil if there is no document.
func conformanceOf(host string) (*conformance, error) {
	load, served := conformances.Load(host)
	if !served {
		return nil, nil
	}
	return load.(func() (*conformance, error))()
}

// read returns nil for a handler that has no document.
func read(handler http.Handler) (*conformance, error) {
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/openapi.json", http.NoBody))
	if recorder.Code != http.StatusOK || recorder.Header().Get("Content-Type") != "application/json" {
		return nil, nil
	}
	document, err := libopenapi.NewDocument(recorder.Body.Bytes())
	if err != nil {
		return nil, fmt.Errorf("read /openapi.json: %w", err)
	}
	model, err := document.BuildV3Model()
	if err != nil {
		return nil, fmt.Errorf("parse /openapi.json: %w", err)
	}
	checker, errs := validator.NewValidator(document, config.WithFormatAssertions(), config.WithStrictMode(),
		config.WithStrictIgnoredHeadersExtra("traceparent", "tracestate")) // W3C Trace Context, which every API accepts
	if errs != nil {
		return nil, fmt.Errorf("create the validator of /openapi.json: %v", errs)
	}
	if valid, wrong := checker.ValidateDocument(); !valid {
		return nil, fmt.Errorf("/openapi.json is not valid OpenAPI %s: %s", model.Model.Version, explain(wrong))
	}
	return &conformance{validator: checker, document: &model.Model, seen: map[answer]bool{}}, nil
}

// check validates that the answer is documented, and that a request which the API accepted is valid. It does not validate
// the opposite: a valid request may be refused, for example because a client does not exist.
func (c *conformance) check(t *testing.T, request *http.Request, got Answer) error {
	t.Helper()
	if request.Method == http.MethodHead {
		return nil // a separate test compares it with GET
	}
	c.lock.Lock()
	defer c.lock.Unlock()
	_, undocumented, template := paths.FindPath(request, c.document, nil)
	if undocumented != nil {
		if got.Status != http.StatusNotFound && got.Status != http.StatusMethodNotAllowed && !forOperators[request.URL.Path] {
			t.Errorf("%s %s returns %d, and is not in /openapi.json", request.Method, request.URL.Path, got.Status)
		}
		return nil
	}
	c.seen[answer{request.Method, template, fmt.Sprint(got.Status)}] = true
	response := &http.Response{StatusCode: got.Status, Header: got.Header, Body: io.NopCloser(strings.NewReader(got.Text))}
	if valid, wrong := c.validator.ValidateHttpResponse(request, response); !valid {
		t.Errorf("the answer to %s %s does not match /openapi.json: %s\n%s", request.Method, request.URL, explain(wrong), got.Text)
	}
	if got.Status >= http.StatusBadRequest {
		return nil
	}
	if request.GetBody != nil {
		body, err := request.GetBody()
		if err != nil {
			return fmt.Errorf("read the request's body again: %w", err)
		}
		request.Body = body
	}
	if valid, wrong := c.validator.ValidateHttpRequestSync(request); !valid {
		t.Errorf("%s %s was accepted, but is not valid by /openapi.json: %s", request.Method, request.URL, explain(wrong))
	}
	return nil
}

func explain(wrong []*validation.ValidationError) string {
	var text strings.Builder
	for _, err := range wrong {
		fmt.Fprintf(&text, "\n%s: %s", err.Message, err.Reason)
		for _, failure := range err.SchemaValidationErrors {
			fmt.Fprintf(&text, "\n  %s %s", failure.FieldPath, failure.Reason)
		}
	}
	return text.String()
}
