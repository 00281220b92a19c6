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

// services are the three services over real HTTP, with access to their databases.
type services struct {
	clients, orders, products                         apitest.API
	clientsDatabase, ordersDatabase, productsDatabase *database.Database
	// ordersDoor closes and reopens the listener of orders at the same address.
	ordersDoor *door
	// clientsApp is the app of clients. Its background work runs only while a test calls work.
	clientsApp app.App
	// replica returns an additional replica of clients.
	replica func() app.App
}

// start runs the three services without the background work of clients. clients and orders call each other, so one of them
// needs the URL of the other before it runs. In a cluster, the Service provides it; here, a door does.
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

// built returns a service's app and fails the test on an error.
func built(t *testing.T) func(app.App, error) app.App {
	return func(built app.App, err error) app.App {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return built
	}
}

// work runs an app's background work until the test ends or stop is called.
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

// inBackground sends a request from another goroutine. It returns a function that waits for the answer.
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

// count returns the number of rows of a query.
func count(t *testing.T, db *database.Database, table, condition string, arguments ...any) (rows int64) {
	t.Helper()
	if err := db.WithContext(databasetest.Context(t)).Table(table).Where(condition, arguments...).Count(&rows).Error; err != nil {
		t.Fatal(err)
	}
	return rows
}

// awaitNone blocks until a query returns no rows. It polls, because a database does not send notifications.
func awaitNone(t *testing.T, db *database.Database, table, condition string) {
	t.Helper()
	eventually(t, time.Minute, "rows of "+table+" are still there", func() bool { return count(t, db, table, condition) == 0 })
}

// awaitDelivered blocks until the outbox of clients is empty.
func (s services) awaitDelivered(t *testing.T) {
	t.Helper()
	awaitNone(t, s.clientsDatabase, "outbox_messages", "")
}

// awaitWaiting blocks until a query waits for a lock.
func awaitWaiting(t *testing.T, db *database.Database) {
	t.Helper()
	const waiting = "(SELECT count(*) AS queries FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock') AS waiting"
	awaitNone(t, db, waiting, "queries = 0")
}

// door is an address whose listener can be closed and reopened.
type door struct {
	t       *testing.T
	handler http.Handler
	address string
	url     string
	server  *httptest.Server
}

// newDoor returns a closed door.
func newDoor(t *testing.T) *door {
	t.Helper()
	address := net.JoinHostPort("127.0.0.1", freePort(t))
	d := &door{t: t, address: address, url: "http://" + address}
	t.Cleanup(d.close)
	return d
}

// close closes the listener and waits for running requests.
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
