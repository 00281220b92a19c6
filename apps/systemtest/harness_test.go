package systemtest

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	clients "example.com/kubernetes-networking/apps/clients/service"
	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/app"
	"example.com/kubernetes-networking/apps/internal/database"
	"example.com/kubernetes-networking/apps/internal/databasetest"
	orders "example.com/kubernetes-networking/apps/orders/service"
	products "example.com/kubernetes-networking/apps/products/service"
)

func TestMain(m *testing.M) { databasetest.Main(withCommands{m}) }

// services are the three, over real HTTP, and the tests' own look into their databases.
type services struct {
	clients, orders, products                         apitest.API
	clientsDatabase, ordersDatabase, productsDatabase *database.Database
	// ordersDoor closes orders and opens it again, at the same address.
	ordersDoor *door
	// clientsApp is what serves clients. Its work in the background waits for a test to call work.
	clientsApp app.App
	// replica returns one more replica of clients.
	replica func() app.App
}

// start runs the three, without the work of clients in the background. clients and orders call each other, so one of
// them needs its peer's URL before the peer runs: what a Service's name does in the cluster, a door does here.
func start(t *testing.T) services {
	t.Helper()
	all := services{ordersDoor: newDoor(t)}
	all.orders = apitest.API{URL: all.ordersDoor.url, Stop: all.ordersDoor.close}

	config := databasetest.New(t)
	all.clientsDatabase = databasetest.Connect(t, config)
	prepare(t, all.clientsDatabase.Prepare(t.Context(), clients.Migrations()))
	all.clientsApp = built(t)(clients.New(all.clientsDatabase, all.orders.URL))
	all.clients = apitest.Serve(t, all.clientsApp.Handler)
	all.replica = func() app.App {
		return built(t)(clients.New(databasetest.Connect(t, config), all.orders.URL))
	}

	all.productsDatabase = databasetest.Open(t, products.Migrations())
	productsApp := built(t)(products.New(all.productsDatabase))
	all.products = apitest.Serve(t, productsApp.Handler)

	all.ordersDatabase = databasetest.Open(t, orders.Migrations())
	ordersApp := built(t)(orders.New(all.ordersDatabase, all.clients.URL, all.products.URL))
	all.ordersDoor.handler = ordersApp.Handler
	apitest.Conform(all.ordersDoor.address, ordersApp.Handler)
	all.ordersDoor.open()
	return all
}

func prepare(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// built checks what a service's New returns.
func built(t *testing.T) func(app.App, error) app.App {
	return func(built app.App, err error) app.App {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return built
	}
}

// work does an app's work in the background until the test ends, or until stop is called.
func work(t *testing.T, app app.App) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- app.Work(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the work in the background ended with %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// inBackground sends a request from a goroutine of its own, and returns what waits for the answer.
func inBackground(t *testing.T, api apitest.API, method, target, body string) (wait func() apitest.Answer) {
	t.Helper()
	var answer apitest.Answer
	failed := make(chan error, 1)
	go func() {
		var err error
		answer, err = api.Try(t, method, target, body)
		failed <- err
	}()
	return func() apitest.Answer {
		t.Helper()
		if err := <-failed; err != nil {
			t.Fatal(err)
		}
		return answer
	}
}

// count returns how many rows a query finds.
func count(t *testing.T, db *database.Database, table, condition string, arguments ...any) (rows int64) {
	t.Helper()
	if err := db.WithContext(databasetest.Context(t)).Table(table).Where(condition, arguments...).Count(&rows).Error; err != nil {
		t.Fatal(err)
	}
	return rows
}

// awaitNone waits until a query finds no rows. What happens in a database tells nobody, so this asks.
func awaitNone(t *testing.T, db *database.Database, table, condition string) {
	t.Helper()
	for begin := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		left := count(t, db, table, condition)
		if left == 0 {
			return
		}
		if time.Since(begin) > time.Minute {
			t.Fatalf("%d rows of %s are still there", left, table)
		}
	}
}

// awaitDelivered waits until clients has nothing left to tell orders.
func (s services) awaitDelivered(t *testing.T) {
	t.Helper()
	awaitNone(t, s.clientsDatabase, "outbox_messages", "")
}

// awaitWaiting waits until a query waits for a lock.
func awaitWaiting(t *testing.T, db *database.Database) {
	t.Helper()
	const waiting = "(SELECT count(*) AS queries FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock') AS waiting"
	awaitNone(t, db, waiting, "queries = 0")
}

// door is an address whose listener comes and goes.
type door struct {
	t       *testing.T
	handler http.Handler
	address string
	url     string
	server  *httptest.Server
}

// newDoor returns a door that is closed.
func newDoor(t *testing.T) *door {
	t.Helper()
	address := net.JoinHostPort("127.0.0.1", freePort(t))
	d := &door{t: t, address: address, url: "http://" + address}
	t.Cleanup(d.close)
	return d
}

// close refuses connections from now on, and waits for requests that are under way.
func (d *door) close() {
	if d.server != nil {
		d.server.Close()
	}
}

func (d *door) open() {
	d.t.Helper()
	listener, err := new(net.ListenConfig).Listen(d.t.Context(), "tcp", d.address)
	if err != nil {
		d.t.Fatal(err)
	}
	d.server = httptest.NewUnstartedServer(d.handler)
	d.server.Listener.Close()
	d.server.Listener = listener
	d.server.Start()
}
