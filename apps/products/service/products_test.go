package service_test

import (
	"net/http"
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/databasetest"
	"example.com/kubernetes-networking/apps/internal/problem"
	"example.com/kubernetes-networking/apps/products/service"
)

const (
	lamp = "0199f5a6-2d0b-7c6e-8f0a-6a3b5d1c9e42"
	desk = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

func serve(t *testing.T) apitest.API {
	t.Helper()
	app, err := service.New(databasetest.Open(t, service.Migrations()))
	if err != nil {
		t.Fatal(err)
	}
	return apitest.Serve(t, app.Handler)
}

func TestAProductCanBeCreatedReadAndDeleted(t *testing.T) {
	products := serve(t)
	created := products.Do(t, "POST", "/products", `{"name":"Lamp"}`).
		Want(t, 201, `{"data":{"code":"<uuid>","name":"Lamp","createdAt":"<time>","updatedAt":"<time>"}}`)
	location := "/products/" + created.Data(t, "code")
	if got := created.Header.Get("Location"); got != location {
		t.Errorf("got the location %s, want %s", got, location)
	}
	products.Do(t, "GET", location, "").Want(t, 200, created.Text)
	products.Do(t, "DELETE", location, "").Want(t, 204, "")
	products.Do(t, "GET", location, "").
		WantProblem(t, 404, location, "There is no product with the code "+created.Data(t, "code")+".")
	products.Do(t, "DELETE", location, "").
		WantProblem(t, 404, location, "There is no product with the code "+created.Data(t, "code")+".")
}

func TestACodeCanBeUsedOnce(t *testing.T) {
	products := serve(t)
	body := `{"code":"` + strings.ToUpper(lamp) + `","name":"Lamp"}`
	products.Do(t, "POST", "/products", body).
		Want(t, 201, `{"data":{"code":"`+lamp+`","name":"Lamp","createdAt":"<time>","updatedAt":"<time>"}}`)
	products.Do(t, "POST", "/products", body).
		WantProblem(t, 409, "/products", "There is a product with the code "+lamp+" already.")
}

func TestProductsAreListedNewestFirst(t *testing.T) {
	products := serve(t)
	products.Do(t, "GET", "/products", "").Want(t, 200, `{"data":[]}`)
	products.Do(t, "POST", "/products", `{"code":"`+lamp+`","name":"Lamp"}`)
	products.Do(t, "POST", "/products", `{"code":"`+desk+`","name":"Desk"}`)
	const (
		first  = `{"code":"` + desk + `","name":"Desk","createdAt":"<time>","updatedAt":"<time>"}`
		second = `{"code":"` + lamp + `","name":"Lamp","createdAt":"<time>","updatedAt":"<time>"}`
	)
	products.Do(t, "GET", "/products", "").Want(t, 200, `{"data":[`+first+`,`+second+`]}`)
	products.Do(t, "GET", "/products?limit=1", "").Want(t, 200, `{"data":[`+first+`]}`)
	products.Do(t, "GET", "/products?limit=1&offset=1", "").Want(t, 200, `{"data":[`+second+`]}`)
	products.Do(t, "GET", "/products?offset=2", "").Want(t, 200, `{"data":[]}`)
}

func TestInvalidValuesAreNamed(t *testing.T) {
	products := serve(t)
	tests := map[string]struct {
		method, target, body string
		wrong                problem.Field
	}{
		"no name":              {"POST", "/products", `{}`, problem.Field{Name: "name", Detail: "It is required."}},
		"a name of spaces":     {"POST", "/products", `{"name":"  "}`, problem.Field{Name: "name", Detail: "It must be a text without control characters."}},
		"a name with NUL":      {"POST", "/products", `{"name":"a\u0000"}`, problem.Field{Name: "name", Detail: "It must be a text without control characters."}},
		"a name too long":      {"POST", "/products", `{"name":"` + strings.Repeat("é", 201) + `"}`, problem.Field{Name: "name", Detail: "It must have at most 200 characters."}},
		"a name that is none":  {"POST", "/products", `{"name":1}`, problem.Field{Name: "name", Detail: "It has the wrong type: number."}},
		"a code that is none":  {"POST", "/products", `{"code":"x","name":"Lamp"}`, problem.Field{Name: "code", Detail: "It must be a UUID, such as 0199f5a6-2d0b-7c6e-8f0a-6a3b5d1c9e42."}},
		"a path that is none":  {"GET", "/products/x", "", problem.Field{Name: "code", Detail: "It must be a UUID, such as 0199f5a6-2d0b-7c6e-8f0a-6a3b5d1c9e42."}},
		"a limit of zero":      {"GET", "/products?limit=0", "", problem.Field{Name: "limit", Detail: "It must be at least 1."}},
		"a limit too high":     {"GET", "/products?limit=501", "", problem.Field{Name: "limit", Detail: "It must be at most 500."}},
		"an offset that is no": {"GET", "/products?offset=-1", "", problem.Field{Name: "offset", Detail: "It must be at least 0."}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path, _, _ := strings.Cut(test.target, "?")
			products.Do(t, test.method, test.target, test.body).
				WantProblem(t, http.StatusUnprocessableEntity, path, "Some values are invalid. See errors.", test.wrong)
		})
	}
}
