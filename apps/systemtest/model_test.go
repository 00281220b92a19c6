package systemtest

import (
	"context"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"example.com/kubernetes-networking/apps/internal/databasetest"
)

// TestTheServicesBehaveLikeTheModel sends random sequences of calls to the real services and compares every answer with
// a model in memory: 50 sequences of about 30 calls, which take some 10 seconds. More of them:
// go test -run Model . -rapid.checks=1000
func TestTheServicesBehaveLikeTheModel(t *testing.T) {
	t.Parallel() // it takes as long as its budget
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		if err := checks.Value.Set("50"); err != nil {
			t.Fatal(err)
		}
	}
	all := start(t)
	rapid.Check(t, func(rt *rapid.T) {
		m := &model{t: t, all: all, keys: map[string]*order{}}
		m.empty(rt)
		rt.Repeat(rapid.StateMachineActions(m))
	})
}

// model is the expected state of the services. Its exported methods are the actions: rapid calls them in random order, and
// Check after each.
type model struct {
	t   *testing.T
	all services

	// All are in order of creation.
	clients  []*client
	products []resource
	orders   []*order
	// keys are the orders that were created with an Idempotency-Key, including deleted ones.
	keys map[string]*order
	// gone are the deleted clients whose message orders has not received.
	gone []*client
	// unavailable reports whether orders is unavailable.
	unavailable bool
}

// resource is a resource as a service returned it.
type resource = map[string]any

type client struct {
	resource
	taxCode string
	// etags are all ETags of the client; the last is the current one.
	etags []string
}

type order struct {
	resource
	// client is the client that had the tax code when the order was created.
	client *client
	codes  []string
	// answer is the answer to the creation of the order.
	answer string
}

// empty deletes the data of the previous run.
func (m *model) empty(t *rapid.T) {
	db := databasetest.Context(m.t)
	for _, err := range []error{
		m.all.clientsDatabase.WithContext(db).Exec("TRUNCATE clients, outbox_messages").Error,
		m.all.productsDatabase.WithContext(db).Exec("TRUNCATE products").Error,
		m.all.ordersDatabase.WithContext(db).Exec("TRUNCATE orders, order_products, idempotency_keys, deleted_clients").Error,
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { m.setUnavailable(false) })
}

// Check compares the lists of the services with the model.
func (m *model) Check(t *rapid.T) {
	compare(t, "the clients", m.get(t, m.all.clients.URL+"/clients").list(t), newest(m.clients, (*client).listed))
	compare(t, "the products", m.get(t, m.all.products.URL+"/products").list(t), newest(m.products, itself))
	if !m.unavailable {
		compare(t, "the orders", withoutUpdatedAt(m.get(t, m.all.orders.URL+"/orders").list(t)), newest(m.orders, (*order).listed))
	}
}

func (c *client) listed() resource { return c.resource }

func itself(product resource) resource { return product }

// listed is the order as lists contain it. Other tests check updatedAt.
func (o *order) listed() resource {
	lines := []any{}
	for _, code := range o.codes {
		lines = append(lines, resource{"code": code})
	}
	return resource{"id": o.resource["id"], "clientTaxCode": o.resource["clientTaxCode"], "createdAt": o.resource["createdAt"], "products": lines}
}

func withoutUpdatedAt(orders []any) []any {
	for _, order := range orders {
		delete(order.(resource), "updatedAt")
	}
	return orders
}

// newest returns the list that a service should return.
func newest[T any](all []T, known func(T) resource) []any {
	list := []any{}
	for _, one := range slices.Backward(all) {
		list = append(list, known(one))
	}
	return list
}

func compare(t *rapid.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%s are\n%v, want\n%v", what, got, want)
	}
}

// reply is the answer of a service.
type reply struct {
	status int
	header http.Header
	text   string
	data   any
}

func (m *model) get(t *rapid.T, url string) reply { return m.call(t, http.MethodGet, url, "", "", "") }

// call sends a request, with one header if it has a value.
func (m *model) call(t *rapid.T, method, url, body, header, value string) reply {
	t.Helper()
	request, err := http.NewRequestWithContext(context.WithoutCancel(m.t.Context()), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Close = true // a connection from before the outage of orders would fail once
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if value != "" {
		request.Header.Set(header, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var envelope struct {
		Data any `json:"data"`
	}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &envelope); err != nil {
			t.Fatalf("%s %s answered what is not JSON: %s", method, url, text)
		}
	}
	return reply{status: response.StatusCode, header: response.Header, text: string(text), data: envelope.Data}
}

// want checks the status. It returns the answer's data if it is a single resource.
func (r reply) want(t *rapid.T, status int) resource {
	t.Helper()
	if r.status != status {
		t.Fatalf("got %d, want %d: %s", r.status, status, r.text)
	}
	one, _ := r.data.(resource)
	return one
}

func (r reply) list(t *rapid.T) []any {
	t.Helper()
	r.want(t, http.StatusOK)
	return r.data.([]any)
}
