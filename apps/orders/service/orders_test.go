package service_test

import (
	"testing"

	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/databasetest"
	"example.com/kubernetes-networking/apps/internal/problem"
)

const (
	unknown = "0199f5a6-2d0b-7c6e-8f0a-6a3b5d1c9e42"
	invalid = "Some values are invalid. See errors."
)

func TestMain(m *testing.M) { databasetest.Main(m) }

// serve serves orders with a peer that has every client and product. Package systemtest tests orders with its real peers.
func serve(t *testing.T) apitest.API {
	t.Helper()
	orders, _ := serveWith(t)
	return orders
}

func order(t *testing.T, orders apitest.API, taxCode string) string {
	t.Helper()
	return orders.Do(t, "POST", "/orders", `{"clientTaxCode":"`+taxCode+`"}`).
		Want(t, 201, `{"data":{"id":"<uuid>","clientTaxCode":"`+taxCode+`","products":[],"createdAt":"<time>","updatedAt":"<time>"}}`).
		Data(t, "id")
}

func listed(id, taxCode string) string {
	return `{"id":"` + id + `","clientTaxCode":"` + taxCode + `","products":[],"createdAt":"<time>","updatedAt":"<time>"}`
}

func TestOrdersAreListedNewestFirstOfAllClientsOrOfOne(t *testing.T) {
	orders := serve(t)
	orders.Do(t, "GET", "/orders", "").Want(t, 200, `{"data":[]}`)
	first, second, third := order(t, orders, "ADA"), order(t, orders, "ALAN"), order(t, orders, "ADA")
	orders.Do(t, "GET", "/orders", "").
		Want(t, 200, `{"data":[`+listed(third, "ADA")+`,`+listed(second, "ALAN")+`,`+listed(first, "ADA")+`]}`)
	orders.Do(t, "GET", "/orders?clientTaxCode=ADA", "").
		Want(t, 200, `{"data":[`+listed(third, "ADA")+`,`+listed(first, "ADA")+`]}`)
	orders.Do(t, "GET", "/orders?clientTaxCode=ADA&limit=1&offset=1", "").Want(t, 200, `{"data":[`+listed(first, "ADA")+`]}`)
}

func TestAnOrderIsDeletedWithItsProducts(t *testing.T) {
	orders := serve(t)
	id := order(t, orders, "ADA")
	orders.Do(t, "PUT", "/orders/"+id+"/products/"+unknown, "").Want(t, 204, "")
	orders.Do(t, "GET", "/orders", "").Want(t, 200, `{"data":[{"id":"`+id+`","clientTaxCode":"ADA","products":[{"code":"`+unknown+
		`"}],"createdAt":"<time>","updatedAt":"<time>"}]}`)
	orders.Do(t, "DELETE", "/orders/"+id, "").Want(t, 204, "")
	orders.Do(t, "DELETE", "/orders/"+id, "").WantProblem(t, 404, "/orders/"+id, "There is no order with the id "+id+".")
}

func TestAChangeOfTheProductsIsAChangeOfTheOrder(t *testing.T) {
	orders := serve(t)
	id := order(t, orders, "ADA")
	updatedAt := func() string { return orders.Do(t, "GET", "/orders/"+id, "").Data(t, "updatedAt") }
	created := updatedAt()
	orders.Do(t, "PUT", "/orders/"+id+"/products/"+unknown, "").Want(t, 204, "")
	attached := updatedAt()
	orders.Do(t, "PUT", "/orders/"+id+"/products/"+unknown, "").Want(t, 204, "")
	if again := updatedAt(); again != attached {
		t.Errorf("updatedAt went from %s to %s though the product was there already", attached, again)
	}
	orders.Do(t, "DELETE", "/orders/"+id+"/products/"+unknown, "").Want(t, 204, "")
	if detached := updatedAt(); created >= attached || attached >= detached {
		t.Errorf("updatedAt was %s, %s with the product, %s without it: want it to grow", created, attached, detached)
	}
}

func TestDeletingTheOrdersOfAClientCanBeRepeated(t *testing.T) {
	orders := serve(t)
	order(t, orders, "ADA")
	kept := order(t, orders, "ALAN")
	for range 2 {
		orders.Do(t, "DELETE", "/orders?clientTaxCode=ADA", "").Want(t, 204, "")
		orders.Do(t, "GET", "/orders", "").Want(t, 200, `{"data":[`+listed(kept, "ALAN")+`]}`)
	}
}

// Without the check, a forgotten parameter would delete all orders.
func TestDeletingOrdersNeedsAClient(t *testing.T) {
	orders := serve(t)
	kept := order(t, orders, "ADA")
	wrong := problem.Field{Name: "clientTaxCode", Detail: "It must consist of 1 to 32 letters and digits."}
	orders.Do(t, "DELETE", "/orders", "").
		WantProblem(t, 422, "/orders", invalid, problem.Field{Name: "clientTaxCode", Detail: "It is required."})
	orders.Do(t, "DELETE", "/orders?clientTaxCode=", "").WantProblem(t, 422, "/orders", invalid, wrong)
	orders.Do(t, "GET", "/orders", "").Want(t, 200, `{"data":[`+listed(kept, "ADA")+`]}`)
}

func TestInvalidValuesAreNamed(t *testing.T) {
	orders := serve(t)
	taxCode := problem.Field{Name: "clientTaxCode", Detail: "It must consist of 1 to 32 letters and digits."}
	const notUUID = "It must be a UUID, such as 0199f5a6-2d0b-7c6e-8f0a-6a3b5d1c9e42."
	orders.Do(t, "POST", "/orders", `{"clientTaxCode":"a b"}`).WantProblem(t, 422, "/orders", invalid, taxCode)
	orders.Do(t, "GET", "/orders?clientTaxCode=a%00", "").WantProblem(t, 422, "/orders", invalid, taxCode)
	orders.Do(t, "GET", "/orders/1", "").WantProblem(t, 422, "/orders/1", invalid, problem.Field{Name: "id", Detail: notUUID})
	orders.Do(t, "PUT", "/orders/"+unknown+"/products/1", "").
		WantProblem(t, 422, "/orders/"+unknown+"/products/1", invalid, problem.Field{Name: "code", Detail: notUUID})
}
