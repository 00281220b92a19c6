// Package systemtest tests clients, orders and products together, over real HTTP and each with a real database.
package systemtest

import (
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/problem"
)

const (
	lamp = "0199f5a6-2d0b-7c6e-8f0a-6a3b5d1c9e42"
	desk = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
	none = "00000000-0000-4000-8000-000000000000"

	ada     = `{"taxCode":"ADA","firstName":"Ada","lastName":"Lovelace"}`
	invalid = "Some values are invalid. See errors."
)

// order creates the client ADA, the products lamp and desk, and an order of ADA. It returns the order's path.
func (s services) order(t *testing.T) string {
	t.Helper()
	s.clients.Do(t, "POST", "/clients", ada)
	s.products.Do(t, "POST", "/products", `{"code":"`+lamp+`","name":"Lamp"}`)
	s.products.Do(t, "POST", "/products", `{"code":"`+desk+`","name":"Desk"}`)
	created := s.orders.Do(t, "POST", "/orders", `{"clientTaxCode":"ADA"}`).
		Want(t, 201, `{"data":{"id":"<uuid>","clientTaxCode":"ADA","products":[],"createdAt":"<time>","updatedAt":"<time>"}}`)
	path := "/orders/" + created.Data(t, "id")
	if got := created.Header.Get("Location"); got != path {
		t.Errorf("got the location %s, want %s", got, path)
	}
	return path
}

func TestAnOrderIsExpandedWithItsClientAndProducts(t *testing.T) {
	t.Parallel()
	all := start(t)
	order := all.order(t)
	for _, code := range []string{desk, lamp, desk} { // attaching a product again changes nothing
		all.orders.Do(t, "PUT", order+"/products/"+code, "").Want(t, 204, "")
	}
	client := data(t, all.clients.Do(t, "GET", "/clients/ADA", ""))
	lampData := data(t, all.products.Do(t, "GET", "/products/"+lamp, ""))
	deskData := data(t, all.products.Do(t, "GET", "/products/"+desk, ""))
	all.orders.Do(t, "GET", order, "").Want(t, 200, `{"data":{"id":"<uuid>","clientTaxCode":"ADA","client":`+client+
		`,"products":[`+deskData+`,`+lampData+`],"missing":[],"createdAt":"<time>","updatedAt":"<time>"}}`)

	all.orders.Do(t, "DELETE", order+"/products/"+desk, "").Want(t, 204, "")
	all.orders.Do(t, "GET", order, "").Want(t, 200, `{"data":{"id":"<uuid>","clientTaxCode":"ADA","client":`+client+
		`,"products":[`+lampData+`],"missing":[],"createdAt":"<time>","updatedAt":"<time>"}}`)
	id := strings.TrimPrefix(order, "/orders/")
	all.orders.Do(t, "DELETE", order+"/products/"+desk, "").
		WantProblem(t, 404, order+"/products/"+desk, "There is no order "+id+" with the product "+desk+".")
}

// data returns an answer's data as JSON.
func data(t *testing.T, answer apitest.Answer) string {
	t.Helper()
	text, found := strings.CutPrefix(answer.Want(t, 200, answer.Text).Text, `{"data":`)
	if !found {
		t.Fatalf("the answer does not start with its data: %s", text)
	}
	return strings.TrimSuffix(text, "}")
}

func TestOrdersAreValidatedWithThePeers(t *testing.T) {
	t.Parallel()
	all := start(t)
	order := all.order(t)
	all.orders.Do(t, "POST", "/orders", `{"clientTaxCode":"NOBODY"}`).WantProblem(
		t, 422, "/orders", invalid, problem.Field{Name: "clientTaxCode", Detail: "There is no client with this tax code."},
	)
	all.orders.Do(t, "PUT", order+"/products/"+none, "").
		WantProblem(t, 404, order+"/products/"+none, "There is no product with the code "+none+".")
	all.orders.Do(t, "PUT", "/orders/"+none+"/products/"+lamp, "").
		WantProblem(t, 404, "/orders/"+none+"/products/"+lamp, "There is no order with the id "+none+".")
	all.orders.Do(t, "GET", "/orders", "").Want(t, 200, `{"data":[
		{"id":"<uuid>","clientTaxCode":"ADA","products":[],"createdAt":"<time>","updatedAt":"<time>"}]}`)
}

func TestAnOrderIsReadWithoutItsPeersAndListsWhatIsMissing(t *testing.T) {
	t.Parallel()
	all := start(t)
	order := all.order(t)
	all.orders.Do(t, "PUT", order+"/products/"+lamp, "").Want(t, 204, "")
	all.clients.Stop()
	all.products.Stop()
	const refused = " cannot be reached (REFUSED). The connection was refused: nothing listens on that address and port, or a network policy rejects it. Try again later."
	all.orders.Do(t, "GET", order, "").Want(t, 200, `{"data":{"id":"<uuid>","clientTaxCode":"ADA","client":null,
		"products":[{"code":"`+lamp+`"}],"missing":[
		{"part":"client","service":"clients","status":503,"detail":"clients`+refused+`"},
		{"part":"products[0]","service":"products","status":503,"detail":"products`+refused+`"}
		],"createdAt":"<time>","updatedAt":"<time>"}}`)

	all.orders.Do(t, "POST", "/orders", `{"clientTaxCode":"ADA"}`).WantProblem(t, 503, "/orders", "clients"+refused)
	all.orders.Do(t, "PUT", order+"/products/"+desk, "").WantProblem(t, 503, order+"/products/"+desk, "products"+refused)
}

func TestAProductThatWasDeletedIsMissingInTheOrder(t *testing.T) {
	t.Parallel()
	all := start(t)
	order := all.order(t)
	all.orders.Do(t, "PUT", order+"/products/"+lamp, "").Want(t, 204, "")
	all.products.Do(t, "DELETE", "/products/"+lamp, "").Want(t, 204, "")
	client := data(t, all.clients.Do(t, "GET", "/clients/ADA", ""))
	all.orders.Do(t, "GET", order, "").Want(t, 200, `{"data":{"id":"<uuid>","clientTaxCode":"ADA","client":`+client+`,
		"products":[{"code":"`+lamp+`"}],"missing":[
		{"part":"products[0]","service":"products","status":404,"detail":"There is no product with the code `+lamp+`."}
		],"createdAt":"<time>","updatedAt":"<time>"}}`)
}

func TestDeletingAClientDeletesOnlyItsOrders(t *testing.T) {
	t.Parallel()
	all := start(t)
	order := all.order(t)
	all.orders.Do(t, "PUT", order+"/products/"+lamp, "").Want(t, 204, "")
	all.clients.Do(t, "POST", "/clients", `{"taxCode":"ALAN","firstName":"Alan","lastName":"Turing"}`).Want(t, 201,
		`{"data":{"taxCode":"ALAN","firstName":"Alan","lastName":"Turing","createdAt":"<time>","updatedAt":"<time>"}}`)
	kept := all.orders.Do(t, "POST", "/orders", `{"clientTaxCode":"ALAN"}`)

	work(t, all.clientsApp)
	all.clients.Do(t, "DELETE", "/clients/ADA", "").Want(t, 204, "")
	all.awaitDelivered(t)

	id := strings.TrimPrefix(order, "/orders/")
	all.orders.Do(t, "GET", order, "").WantProblem(t, 404, order, "There is no order with the id "+id+".")
	all.orders.Do(t, "GET", "/orders?clientTaxCode=ADA", "").Want(t, 200, `{"data":[]}`)
	all.orders.Do(t, "GET", "/orders", "").Want(t, 200, `{"data":[
		{"id":"`+kept.Data(t, "id")+`","clientTaxCode":"ALAN","products":[],"createdAt":"<time>","updatedAt":"<time>"}]}`)
}
