package systemtest

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"

	clients "example.com/kubernetes-networking/apps/clients/service"
	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/databasetest"
	"example.com/kubernetes-networking/apps/internal/logs"
)

// logged captures the log of all services of the test.
func logged(t *testing.T) *output {
	t.Helper()
	written, before := new(output), slog.Default()
	slog.SetDefault(logs.New(written))
	t.Cleanup(func() { slog.SetDefault(before) })
	return written
}

// caller sends requests of one trace, and records its addresses.
type caller struct {
	trace     string
	addresses []string
}

func (c *caller) send(t *testing.T, api apitest.API, method, target, body string, status int) apitest.Answer {
	t.Helper()
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) {
		c.addresses = append(c.addresses, got.Conn.LocalAddr().String())
	}})
	request, err := http.NewRequestWithContext(ctx, method, api.URL+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("traceparent", "00-"+c.trace+"-b7ad6b7169203331-01")
	answer := apitest.Send(t, request)
	if answer.Status != status {
		t.Fatalf("%s %s got %d, want %d: %s", method, target, answer.Status, status, answer.Text)
	}
	return answer
}

// series sends requests with every outcome, all about the client QX7SECRET.
func (c *caller) series(t *testing.T) {
	t.Helper()
	const client = `{"taxCode":"QX7SECRET","firstName":"Philippa","lastName":"Quillfeather"}`
	all := start(t)
	c.send(t, all.clients, "POST", "/clients", client, 201)
	c.send(t, all.clients, "POST", "/clients", client, 409)
	c.send(t, all.clients, "POST", "/clients", strings.Replace(client, "X7", "-", 1), 422)
	c.send(t, all.clients, "POST", "/clients", client[:40], 400)
	c.send(t, all.clients, "GET", "/clients/QX7SECRET", "", 200)
	c.send(t, all.clients, "GET", "/clients/QX7SECRETNOT", "", 404)
	c.send(t, all.clients, "GET", "/clients/QX7SECRET/orders", "", 404)
	c.send(t, all.clients, "PATCH", "/clients/QX7SECRET", client, 405)
	order := c.send(t, all.orders, "POST", "/orders", `{"clientTaxCode":"QX7SECRET"}`, 201).Header.Get("Location")
	c.send(t, all.orders, "POST", "/orders", `{"clientTaxCode":"QX7SECRETNOT"}`, 422)
	c.send(t, all.orders, "GET", order, "", 200)
	c.send(t, all.orders, "GET", "/orders?clientTaxCode=QX7SECRET", "", 200)
	all.clients.Stop()
	c.send(t, all.orders, "POST", "/orders", `{"clientTaxCode":"QX7SECRET"}`, 503)
	c.send(t, all.orders, "GET", order, "", 200)
	c.send(t, all.orders, "DELETE", "/orders?clientTaxCode=QX7SECRET", "", 204)
	c.databaseAway(t)
}

func (c *caller) databaseAway(t *testing.T) {
	t.Helper()
	server := databasetest.Separate(t)
	db := databasetest.Connect(t, server.Config("postgres"))
	if err := db.Prepare(t.Context(), clients.Migrations()); err != nil {
		t.Fatal(err)
	}
	app, err := clients.New(db, "http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	c.send(t, apitest.Serve(t, app.Handler), "GET", "/clients/QX7SECRET", "", 503)
}

func TestLogsHaveTheTraceAndNoPersonalData(t *testing.T) {
	written := logged(t)
	caller := &caller{trace: "0af7651916cd43dd8448eb211c80319c"}
	caller.series(t)
	for _, personal := range append(caller.addresses, "QX7SECRET", "Philippa", "Quillfeather", "/orders/0") {
		if strings.Contains(written.String(), personal) {
			t.Errorf("%s is in the log:\n%s", personal, written)
		}
	}
	routes, gaps := map[string]int{}, 0
	for _, line := range written.lines(t) {
		if line["msg"] == "order returned incomplete: peer failed" && line["service"] == "clients" && line["trace_id"] == caller.trace {
			gaps++
		}
		if (line["msg"] != "request" && line["msg"] != "request failed") || line["route"] == "/openapi.json" {
			continue // not of a request, or of one of apitest
		}
		if line["trace_id"] != caller.trace {
			t.Errorf("a line has another trace: %v", line)
		}
		if line["msg"] == "request" {
			routes[fmt.Sprintf("%s %s", line["method"], line["route"])]++
		}
	}
	if gaps != 1 {
		t.Errorf("%d lines report an incomplete order, want 1", gaps)
	}
	// The test sends three of them, one without a database, and orders sends three. A request that times out on a busy
	// machine is sent again.
	if got := routes["GET /clients/:taxCode"]; got < 6 {
		t.Errorf("clients logged %d requests for a client in the trace, want at least 6: %v", got, routes)
	}
}

// The debug level is for finding faults on a developer's machine.
func TestTheDebugLevelLogsPathsAndAddresses(t *testing.T) {
	written := logged(t)
	if err := logs.SetLevel("debug"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = logs.SetLevel("") })
	caller := &caller{trace: "0af7651916cd43dd8448eb211c80319c"}
	caller.send(t, start(t).clients, "GET", "/clients/QX7SECRET", "", 404)
	host, _, err := net.SplitHostPort(caller.addresses[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"path":"/clients/QX7SECRET"`, `"from":"` + host + `"`} {
		if !strings.Contains(written.String(), want) {
			t.Errorf("%s is not in the log:\n%s", want, written)
		}
	}
}
