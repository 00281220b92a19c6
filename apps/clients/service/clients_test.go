package service_test

import (
	"testing"

	"example.com/kubernetes-networking/apps/clients/service"
	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/databasetest"
	"example.com/kubernetes-networking/apps/internal/problem"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

// serve serves clients without orders. Package systemtest tests them together.
func serve(t *testing.T) apitest.API {
	t.Helper()
	app, err := service.New(databasetest.Open(t, service.Migrations()), "http://orders.invalid")
	if err != nil {
		t.Fatal(err)
	}
	return apitest.Serve(t, app.Handler)
}

const ada = `{"taxCode":"LVLADA","firstName":"Ada","lastName":"Lovelace"}`

func TestAClientCanBeCreatedAndRead(t *testing.T) {
	clients := serve(t)
	created := clients.Do(t, "POST", "/clients", ada).
		Want(t, 201, `{"data":{"taxCode":"LVLADA","firstName":"Ada","lastName":"Lovelace","createdAt":"<time>","updatedAt":"<time>"}}`)
	if got := created.Header.Get("Location"); got != "/clients/LVLADA" {
		t.Errorf("got the location %s, want /clients/LVLADA", got)
	}
	clients.Do(t, "GET", "/clients/LVLADA", "").Want(t, 200, created.Text)
	clients.Do(t, "POST", "/clients", ada).
		WantProblem(t, 409, "/clients", "There is a client with the tax code LVLADA already.")
}

func TestAnUpdateChangesOnlyTheNames(t *testing.T) {
	clients := serve(t)
	created := clients.Do(t, "POST", "/clients", ada)
	updated := clients.Do(t, "PUT", "/clients/LVLADA", `{"firstName":"Augusta","lastName":"King"}`).
		Want(t, 200, `{"data":{"taxCode":"LVLADA","firstName":"Augusta","lastName":"King","createdAt":"`+
			created.Data(t, "createdAt")+`","updatedAt":"<time>"}}`)
	if updated.Data(t, "updatedAt") <= created.Data(t, "updatedAt") {
		t.Errorf("updatedAt stayed %s", created.Data(t, "updatedAt"))
	}
	clients.Do(t, "GET", "/clients/LVLADA", "").Want(t, 200, updated.Text)
}

func TestClientsAreListedNewestFirst(t *testing.T) {
	clients := serve(t)
	clients.Do(t, "GET", "/clients", "").Want(t, 200, `{"data":[]}`)
	clients.Do(t, "POST", "/clients", ada)
	clients.Do(t, "POST", "/clients", `{"taxCode":"A1","firstName":"Alan","lastName":"Turing"}`)
	clients.Do(t, "GET", "/clients", "").Want(t, 200, `{"data":[
		{"taxCode":"A1","firstName":"Alan","lastName":"Turing","createdAt":"<time>","updatedAt":"<time>"},
		{"taxCode":"LVLADA","firstName":"Ada","lastName":"Lovelace","createdAt":"<time>","updatedAt":"<time>"}]}`)
	clients.Do(t, "GET", "/clients?limit=1&offset=1", "").Want(t, 200, `{"data":[
		{"taxCode":"LVLADA","firstName":"Ada","lastName":"Lovelace","createdAt":"<time>","updatedAt":"<time>"}]}`)
}

func TestAnUnknownClientIsNotFound(t *testing.T) {
	clients := serve(t)
	const detail = "There is no client with the tax code NOBODY."
	clients.Do(t, "GET", "/clients/NOBODY", "").WantProblem(t, 404, "/clients/NOBODY", detail)
	clients.Do(t, "PUT", "/clients/NOBODY", `{"firstName":"No","lastName":"Body"}`).WantProblem(t, 404, "/clients/NOBODY", detail)
	clients.Do(t, "DELETE", "/clients/NOBODY", "").WantProblem(t, 404, "/clients/NOBODY", detail)
}

func TestAllInvalidValuesAreNamedAtOnce(t *testing.T) {
	clients := serve(t)
	const detail = "Some values are invalid. See errors."
	clients.Do(t, "POST", "/clients", `{"taxCode":"a/b","firstName":"\u0007"}`).WantProblem(
		t, 422, "/clients", detail,
		problem.Field{Name: "taxCode", Detail: "It must consist of 1 to 32 letters and digits."},
		problem.Field{Name: "firstName", Detail: "It must be a text without control characters."},
		problem.Field{Name: "lastName", Detail: "It is required."},
	)
	clients.Do(t, "GET", "/clients/a%00", "").WantProblem(
		t, 422, "/clients/a%00", detail, problem.Field{Name: "taxCode", Detail: "It must consist of 1 to 32 letters and digits."},
	)
}
