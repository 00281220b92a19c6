package web_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/problem"
	"example.com/kubernetes-networking/apps/internal/web"
)

type search struct {
	ID     uuid.UUID  `path:"id" binding:"required,uuid"`
	Author string     `query:"author" binding:"required,taxcode"`
	Since  *time.Time `query:"since" binding:"time"`
	Key    string     `header:"X-Key" binding:"key"`
	web.Page
}

// found are the parameters of a search as they were read.
type found struct {
	ID     uuid.UUID  `json:"id"`
	Author string     `json:"author"`
	Since  *time.Time `json:"since"`
	Key    string     `json:"key"`
	Limit  int        `json:"limit"`
	Offset int        `json:"offset"`
}

func serveSearch(t *testing.T) apitest.API {
	t.Helper()
	return apitest.Serve(t, newSearch(t))
}

// newSearch returns an API that returns the parameters that it read.
func newSearch(t testing.TB) *web.API {
	t.Helper()
	api, err := web.New("search", "Finds what was asked for.")
	if err != nil {
		t.Fatal(err)
	}
	web.Handle(api, "GET /search/:id", func(_ context.Context, p search) (found, error) {
		return found{p.ID, p.Author, p.Since, p.Key, p.Limit, p.Offset}, nil
	}, web.Operation{ID: "search", Summary: "Search."})
	return api
}

const id = "0199f5a6-2d0b-7c6e-8f0a-6a3b5d1c9e42"

func TestParametersAreReadWithTheirDefaults(t *testing.T) {
	api := serveSearch(t)
	api.Do(t, "GET", "/search/"+id+"?author=ADA", "").
		Want(t, 200, `{"data":{"id":"`+id+`","author":"ADA","since":null,"key":"","limit":50,"offset":0}}`)
	api.Do(t, "GET", "/search/"+id+"?author=ADA&limit=500&offset=1000000&since=2026-01-02T03:04:05.678901%2B02:00", "").
		Want(t, 200, `{"data":{"id":"`+id+`","author":"ADA","since":"2026-01-02T03:04:05.678901+02:00","key":"","limit":500,"offset":1000000}}`)
}

func TestInvalidParametersAreNamed(t *testing.T) {
	api := serveSearch(t)
	const (
		notUUID    = "It must be a UUID, such as 0199f5a6-2d0b-7c6e-8f0a-6a3b5d1c9e42."
		notTaxCode = "It must consist of 1 to 32 letters and digits."
		notTime    = "It must be a time, such as 2026-01-02T03:04:05.678901Z."
		notNumber  = "It must be a whole number."
	)
	tests := map[string]struct{ target, name, detail string }{
		"path":                  {"/search/1?author=A", "id", notUUID},
		"path in braces":        {"/search/%7B" + id + "%7D?author=A", "id", notUUID},
		"path with NUL":         {"/search/%00?author=A", "id", notUUID},
		"path not UTF-8":        {"/search/%ff?author=A", "id", notUUID},
		"missing":               {"/search/" + id, "author", "It is required."},
		"empty":                 {"/search/" + id + "?author=", "author", notTaxCode},
		"query with NUL":        {"/search/" + id + "?author=A%00", "author", notTaxCode},
		"query not UTF-8":       {"/search/" + id + "?author=%c3%28", "author", notTaxCode},
		"query too long":        {"/search/" + id + "?author=A23456789012345678901234567890123", "author", notTaxCode},
		"letters not ASCII":     {"/search/" + id + "?author=%C3%A9", "author", notTaxCode},
		"twice":                 {"/search/" + id + "?author=A&author=A", "author", "It must be given only once."},
		"unknown":               {"/search/" + id + "?author=A&editor=B", "editor", "The parameter is unknown."},
		"another case":          {"/search/" + id + "?author=A&Limit=1", "Limit", "The parameter is unknown."},
		"time":                  {"/search/" + id + "?author=A&since=2026-01-02", "since", notTime},
		"limit zero":            {"/search/" + id + "?author=A&limit=0", "limit", "It must be at least 1."},
		"limit too high":        {"/search/" + id + "?author=A&limit=501", "limit", "It must be at most 500."},
		"limit huge":            {"/search/" + id + "?author=A&limit=99999999999999999999", "limit", notNumber},
		"limit of other digits": {"/search/" + id + "?author=A&limit=%D9%A1", "limit", notNumber},
		"limit with a plus":     {"/search/" + id + "?author=A&limit=%2B5", "limit", notNumber},
		"limit empty":           {"/search/" + id + "?author=A&limit=", "limit", notNumber},
		"offset negative":       {"/search/" + id + "?author=A&offset=-1", "offset", "It must be at least 0."},
		"offset too high":       {"/search/" + id + "?author=A&offset=1000001", "offset", "It must be at most 1000000."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			answer := api.Do(t, "GET", test.target, "")
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, api.URL+test.target, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			answer.WantProblem(t, 422, request.URL.EscapedPath(), invalid, problem.Field{Name: test.name, Detail: test.detail})
		})
	}
	api.Do(t, "GET", "/search/1?limit=x&offset=y&z=1", "").WantProblem(
		t, 422, "/search/1", invalid,
		problem.Field{Name: "z", Detail: "The parameter is unknown."},
		problem.Field{Name: "id", Detail: notUUID},
		problem.Field{Name: "author", Detail: "It is required."},
		problem.Field{Name: "limit", Detail: notNumber},
		problem.Field{Name: "offset", Detail: notNumber},
	)
	api.Do(t, "GET", "/search/"+id+"?author=%zz", "").
		WantProblem(t, 400, "/search/"+id, `The query of the URL cannot be read: invalid URL escape "%zz".`)
}

func TestARepeatedHeaderIsOneList(t *testing.T) {
	api := serveSearch(t)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, api.URL+"/search/"+id+"?author=A", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header["X-Key"] = []string{"a", "b"}
	apitest.Send(t, request).WantProblem(t, 422, "/search/"+id, invalid,
		problem.Field{Name: "X-Key", Detail: "It must consist of 1 to 255 visible ASCII characters."})
}
