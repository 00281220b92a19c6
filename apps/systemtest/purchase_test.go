package systemtest

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/traces"
	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/databasetest"
)

// demo is the part of the topology that a purchase needs.
var demo = contract.Topology{Nodes: []contract.Node{
	{Name: "explorer", Kind: contract.ExplorerNode},
	{Name: "clients", Kind: contract.ServiceNode},
	{Name: "clients-database", Kind: contract.DatabaseNode, Owner: "clients"},
	{Name: "orders", Kind: contract.ServiceNode},
	{Name: "orders-database", Kind: contract.DatabaseNode, Owner: "orders"},
	{Name: "products", Kind: contract.ServiceNode},
	{Name: "products-database", Kind: contract.DatabaseNode, Owner: "products"},
}}

// runDemo starts the three services as processes with an additional environment. They send their traces to the store. It
// returns a visitor.
func runDemo(t *testing.T, store *traces.Store, more map[string]string) *traces.Buyer {
	t.Helper()
	collector := apitest.Serve(t, store.Handler())
	names := []string{"clients", "orders", "products"}
	environs := map[string]map[string]string{}
	for _, name := range names {
		environs[name] = with(environment(t, databasetest.NewLoopback(t)), map[string]string{
			"TRACES_URL": collector.URL,
		})
	}
	url := func(name string) string { return "http://127.0.0.1:" + environs[name]["PORT"] }
	for _, name := range names {
		peers := map[string]string{"ORDERS_URL": url("orders"), "CLIENTS_URL": url("clients"), "PRODUCTS_URL": url("products")}
		service := run(t, name, with(with(environs[name], peers), more))
		service.await(t, "/readyz", http.StatusNoContent)
	}
	return traces.NewBuyer(url("clients"), url("orders"), url("products"), store)
}

// awaitTrace blocks until a trace is as wanted, and returns it.
func awaitTrace(t *testing.T, store *traces.Store, id string, complete func(traces.Trace) bool) traces.Trace {
	t.Helper()
	var trace traces.Trace
	defer func() {
		if t.Failed() {
			t.Logf("the hops of the trace are\n%s", strings.Join(hops(trace), "\n"))
		}
	}()
	eventually(t, gracePeriod, "the trace is not complete", func() (found bool) {
		trace, found = store.Trace(id)
		return found && complete(trace)
	})
	return trace
}

func TestAPurchaseIsOneTraceWithItsHopsOnTheMap(t *testing.T) {
	t.Parallel() // it mostly waits for spans
	store := traces.NewStore(demo)
	buyer := runDemo(t, store, nil)
	id, err := buyer.Buy(t.Context(), traces.Purchase{FirstName: "Ada", LastName: "Lovelace", Product: "Lamp"})
	if err != nil {
		t.Fatal(err)
	}
	pod, err := os.Hostname() // all processes of this test have the same host name
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"explorer (" + pod + ") to clients (" + pod + "): POST /clients",
		"clients (" + pod + ") to clients-database (): ",
		"explorer (" + pod + ") to products (" + pod + "): POST /products",
		"products (" + pod + ") to products-database (): ",
		"explorer (" + pod + ") to orders (" + pod + "): POST /orders",
		"orders (" + pod + ") to clients (" + pod + "): GET /clients/{taxCode}",
		"clients (" + pod + ") to clients-database (): ",
		"orders (" + pod + ") to orders-database (): ",
		"explorer (" + pod + ") to orders (" + pod + "): PUT /orders/{id}/products/{code}",
		"orders (" + pod + ") to products (" + pod + "): GET /products/{code}",
		"products (" + pod + ") to products-database (): ",
		"explorer (" + pod + ") to orders (" + pod + "): GET /orders/{id}",
	}
	trace := awaitTrace(t, store, id, func(trace traces.Trace) bool {
		return len(missing(want, trace)) == 0
	})
	if trace.Name != "POST /orders" || trace.Failed || trace.Cut {
		t.Errorf("got %+v", trace)
	}
}

// Every try of orders is a separate hop to a service that sends no span.
func TestAPurchaseThatFailsInsideShowsTheHopThatFailed(t *testing.T) {
	t.Parallel() // it mostly waits for spans
	store := traces.NewStore(demo)
	buyer := runDemo(t, store, map[string]string{"PRODUCTS_URL": "http://127.0.0.1:1"})
	id, err := buyer.Buy(t.Context(), traces.Purchase{FirstName: "Ada", LastName: "Lovelace", Product: "Lamp"})
	const want = "cannot add the product to the order: PUT /orders/{id}/products/{code} to orders: 503 Service Unavailable: products cannot be reached (REFUSED)."
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	awaitTrace(t, store, id, func(trace traces.Trace) bool {
		return trace.Failed && slices.ContainsFunc(trace.Hops, func(hop traces.Hop) bool {
			return hop.From == "orders" && hop.To == "products" && hop.ToPod == "" &&
				hop.Name == "GET /products/{code}" && hop.Failed && hop.Code == "REFUSED"
		})
	})
}

// missing returns the wanted prefixes that no hop of the trace has. Hops to databases may be additional.
func missing(beginnings []string, trace traces.Trace) []string {
	return slices.DeleteFunc(slices.Clone(beginnings), func(beginning string) bool {
		return slices.ContainsFunc(hops(trace), func(hop string) bool { return strings.HasPrefix(hop, beginning) })
	})
}

// hops returns each hop as a string.
func hops(trace traces.Trace) []string {
	var texts []string
	for _, hop := range trace.Hops {
		texts = append(texts, fmt.Sprintf("%s (%s) to %s (%s): %s", hop.From, hop.FromPod, hop.To, hop.ToPod, hop.Name))
	}
	return texts
}
