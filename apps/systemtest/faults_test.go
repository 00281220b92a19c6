package systemtest

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	clients "example.com/kubernetes-networking/apps/clients/service"
	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/database"
	"example.com/kubernetes-networking/apps/internal/databasetest"
	orders "example.com/kubernetes-networking/apps/orders/service"
)

// runClients starts clients as a process.
func runClients(t *testing.T, config contract.Database[string]) (*process, apitest.API) {
	t.Helper()
	service := run(t, "clients", with(environment(t, config), peers))
	service.await(t, "/readyz", http.StatusNoContent)
	return service, apitest.API{URL: service.url}
}

// lockClients blocks queries that change clients until the returned function is called.
func lockClients(t *testing.T, db *database.Database) (release func()) {
	t.Helper()
	holding := db.WithContext(databasetest.Context(t)).Begin()
	if err := holding.Exec("LOCK TABLE clients IN SHARE MODE").Error; err != nil {
		t.Fatal(err)
	}
	return func() { holding.Rollback() }
}

func TestAServiceOutlivesItsDatabase(t *testing.T) {
	t.Parallel() // it has its own database
	server := databasetest.Separate(t)
	service, api := runClients(t, server.LoopbackConfig("postgres"))
	api.Do(t, "POST", "/clients", ada)
	stored := api.Do(t, "GET", "/clients/ADA", "").Want(t, 200,
		`{"data":{"taxCode":"ADA","firstName":"Ada","lastName":"Lovelace","createdAt":"<time>","updatedAt":"<time>"}}`)

	const detail = "The database is not available. Try again later."
	own := databasetest.Connect(t, server.Config("postgres"))
	release := lockClients(t, own)
	defer release()
	waiting := inBackground(t, api, "PUT", "/clients/ADA", `{"firstName":"Augusta","lastName":"King"}`)
	awaitWaiting(t, own)
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	wantUnavailable(t, waiting(), "/clients/ADA", detail)
	wantUnavailable(t, api.Do(t, "GET", "/clients/ADA", ""), "/clients/ADA", detail)
	wantUnavailable(t, api.Do(t, "DELETE", "/clients/ADA", ""), "/clients/ADA", detail)
	service.await(t, "/readyz", http.StatusServiceUnavailable)
	if status := service.get(t, "/livez"); status != http.StatusNoContent {
		t.Errorf("livez answers %d without a database, want 204: a restart would not bring it back", status)
	}

	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	service.await(t, "/readyz", http.StatusNoContent)
	api.Do(t, "GET", "/clients/ADA", "").Want(t, 200, stored.Text)
}

// wantUnavailable checks for a 503 with a Retry-After.
func wantUnavailable(t *testing.T, answer apitest.Answer, path, detail string) {
	t.Helper()
	answer.WantProblem(t, http.StatusServiceUnavailable, path, detail)
	if answer.Header.Get("Retry-After") == "" {
		t.Errorf("%s: there is no Retry-After", path)
	}
}

// Requests that wait for a lock must fail before their callers time out.
func TestARequestThatWaitsTooLongForALockFailsAndStoresNothing(t *testing.T) {
	t.Parallel() // it takes as long as lock_timeout
	db := databasetest.Open(t, clients.Migrations())
	api := apitest.Serve(t, built(t)(clients.New(db, "http://orders.invalid")).Handler)
	release := lockClients(t, db)
	wantUnavailable(t, api.Do(t, "POST", "/clients", ada), "/clients", "Another request is changing the same data. Try again.")
	release()
	api.Do(t, "GET", "/clients", "").Want(t, 200, `{"data":[]}`)
}

func TestABodyThatBreaksOffStoresNothing(t *testing.T) {
	t.Parallel() // it runs a process
	service, api := runClients(t, databasetest.NewLoopback(t))
	parts := []string{"", ada[:20], ada}
	for _, part := range parts {
		connection := sendPart(t, api.URL, part)
		connection.Close()
	}
	eventually(t, gracePeriod, "requests are missing in the log", func() bool {
		return strings.Count(service.output.String(), `"route":"/clients"`) == len(parts)
	})
	api.Do(t, "GET", "/clients", "").Want(t, 200, `{"data":[]}`)
}

func TestAStallingBodyTimesOut(t *testing.T) {
	t.Parallel() // it takes as long as the server's read timeout
	_, api := runClients(t, databasetest.NewLoopback(t))
	connection := sendPart(t, api.URL, ada[:20])
	begin := time.Now()
	answer, err := io.ReadAll(connection)
	if err != nil {
		t.Fatalf("the connection was not closed in order: %v", err)
	}
	if status, _, _ := strings.Cut(string(answer), "\r\n"); status != "HTTP/1.1 400 Bad Request" || time.Since(begin) > 15*time.Second {
		t.Errorf("got %q after %s, want a 400 within 15 seconds", answer, time.Since(begin))
	}
	api.Do(t, "GET", "/clients", "").Want(t, 200, `{"data":[]}`)
}

// sendPart sends the head of a POST and part of its body.
func sendPart(t *testing.T, url, begun string) net.Conn {
	t.Helper()
	connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	const head = "POST /clients HTTP/1.1\r\nHost: clients\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
	if _, err := io.WriteString(connection, head+begun); err != nil {
		t.Fatal(err)
	}
	return connection
}

func TestAHangingPeerCostsTheCallerOnlyTime(t *testing.T) {
	t.Parallel() // it takes as long as the peer client's timeout
	ctx, end := context.WithCancel(t.Context())
	hanging := apitest.Serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-ctx.Done():
		}
	}))
	t.Cleanup(end)
	db := databasetest.Open(t, orders.Migrations())
	api := apitest.Serve(t, built(t)(orders.New(db, hanging.URL, hanging.URL)).Handler)
	begin := time.Now()
	wantUnavailable(t, api.Do(t, "POST", "/orders", orderOfAda), "/orders",
		"clients cannot be reached (TIMEOUT). No answer came in time. Try again later.")
	if took := time.Since(begin); took > 9*time.Second {
		t.Errorf("the answer took %s, want less than the deadline of a request", took)
	}
	if got := count(t, db, "orders", ""); got != 0 {
		t.Errorf("got %d orders of a client that does not exist", got)
	}
}
