package systemtest

import (
	"io/fs"
	"testing"

	clients "example.com/kubernetes-networking/apps/clients/service"
	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/app"
	"example.com/kubernetes-networking/apps/internal/database"
	"example.com/kubernetes-networking/apps/internal/databasetest"
	orders "example.com/kubernetes-networking/apps/orders/service"
	products "example.com/kubernetes-networking/apps/products/service"
)

// oneConnection returns an empty database in which a replica has a single connection with its prepared statements.
func oneConnection(t *testing.T) contract.Database[string] {
	t.Helper()
	config := databasetest.New(t)
	config.MaxConnections = "1"
	return config
}

func serveOn(t *testing.T, config contract.Database[string], migrations fs.FS, build func(*database.Database) (app.App, error)) apitest.API {
	t.Helper()
	db := databasetest.Connect(t, config)
	prepare(t, db.Prepare(t.Context(), migrations))
	return apitest.Serve(t, built(t)(build(db)).Handler)
}

// addColumn changes the table like the migration of a next version, while replicas of this version run.
func addColumn(t *testing.T, config contract.Database[string], tables ...string) {
	t.Helper()
	other := databasetest.Connect(t, config).WithContext(databasetest.Context(t))
	for _, table := range tables {
		if err := other.Exec("ALTER TABLE " + table + " ADD COLUMN next_version text").Error; err != nil {
			t.Fatal(err)
		}
	}
}

func TestReplicasWorkOnWhenTheNextVersionAddsColumns(t *testing.T) {
	ofClients, ofOrders, ofProducts := oneConnection(t), oneConnection(t), oneConnection(t)
	var all services
	all.products = serveOn(t, ofProducts, products.Migrations(), products.New)
	all.clients = serveOn(t, ofClients, clients.Migrations(), func(db *database.Database) (app.App, error) {
		return clients.New(db, "http://orders.invalid")
	})
	all.orders = serveOn(t, ofOrders, orders.Migrations(), func(db *database.Database) (app.App, error) {
		return orders.New(db, all.clients.URL, all.products.URL)
	})
	all.useEverything(t, "key-1")
	addColumn(t, ofClients, "clients", "outbox_messages")
	addColumn(t, ofOrders, "orders", "order_products", "idempotency_keys", "deleted_clients")
	addColumn(t, ofProducts, "products")
	all.useEverything(t, "key-2")
}

// useEverything sends every request that uses a database, and deletes everything except the key.
func (s services) useEverything(t *testing.T, key string) {
	t.Helper()
	order := s.order(t)
	created := s.createOrder(t, key, orderOfAda)
	again := s.createOrder(t, key, orderOfAda)
	if created.Status != 201 || again.Text != created.Text {
		t.Errorf("got %d %s, and then %d %s", created.Status, created.Text, again.Status, again.Text)
	}
	for _, step := range []struct {
		service      apitest.API
		method, path string
		body         string
		status       int
	}{
		{s.clients, "GET", "/clients", "", 200},
		{s.clients, "PUT", "/clients/ADA", `{"firstName":"Augusta","lastName":"King"}`, 200},
		{s.orders, "PUT", order + "/products/" + lamp, "", 204},
		{s.orders, "GET", order, "", 200},
		{s.orders, "GET", "/orders?clientTaxCode=ADA", "", 200},
		{s.orders, "DELETE", order + "/products/" + lamp, "", 204},
		{s.orders, "DELETE", order, "", 204},
		{s.orders, "DELETE", "/orders?clientTaxCode=ADA&clientCreatedAt=2026-01-02T03:04:05.678901Z", "", 204},
		{s.orders, "DELETE", "/orders?clientTaxCode=ADA", "", 204},
		{s.products, "GET", "/products", "", 200},
		{s.products, "DELETE", "/products/" + lamp, "", 204},
		{s.products, "DELETE", "/products/" + desk, "", 204},
		{s.clients, "DELETE", "/clients/ADA", "", 204},
	} {
		if got := step.service.Do(t, step.method, step.path, step.body); got.Status != step.status {
			t.Errorf("%s %s: got %d %s, want %d", step.method, step.path, got.Status, got.Text, step.status)
		}
	}
}
