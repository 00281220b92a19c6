package traces_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"slices"
	"sync"
	"testing"

	"github.com/google/uuid"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/traces"
	"example.com/kubernetes-networking/apps/internal/apitest"
)

const orderID = "0199f5a6-2d0b-7c6e-8f0a-6a3b5d1c9e42"

var (
	shop = contract.Topology{Nodes: []contract.Node{{Name: "explorer"}, {Name: "clients"}, {Name: "orders"}, {Name: "products"}}}
	ada  = traces.Purchase{FirstName: "Ada", LastName: "Lovelace", Product: "Lamp"}
)

// received is a request to a service.
type received struct {
	request, traceparent, key string
	body                      map[string]string
}

// services is a fake of clients, orders and products that records the requests.
type services struct {
	mutex    sync.Mutex
	received []received
	// instead handles a request in their place if it returns true.
	instead func(w http.ResponseWriter, r *http.Request) bool
}

func (s *services) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var body map[string]string
	_ = json.NewDecoder(r.Body).Decode(&body)
	s.received = append(s.received, received{r.Method + " " + r.URL.Path, r.Header.Get("traceparent"), r.Header.Get("Idempotency-Key"), body})
	switch {
	case s.instead != nil && s.instead(w, r):
	case r.Method == http.MethodPost:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"data":{"id":%q}}`, orderID)
	}
}

// visit serves the services, and returns a buyer with the store of its traces.
func visit(t *testing.T, services http.Handler) (*traces.Buyer, *traces.Store) {
	t.Helper()
	url := apitest.Serve(t, services).URL
	store := traces.NewStore(shop)
	return traces.NewBuyer(url, url+"/", url, store), store
}

func TestAPurchaseIsFiveRequestsInOneTrace(t *testing.T) {
	services := new(services)
	buyer, store := visit(t, services)
	id, err := buyer.Buy(t.Context(), ada)
	if err != nil {
		t.Fatal(err)
	}
	trace, found := store.Trace(id)
	if !found || trace.Failed || trace.Name != "POST /orders" || len(trace.Spans) != 6 {
		t.Fatalf("got %t %+v, want the trace of a purchase with six spans", found, trace)
	}
	taxCode, product := services.received[0].body["taxCode"], services.received[1].body["code"]
	if !regexp.MustCompile("^DEMO[A-Za-z0-9]{12}$").MatchString(taxCode) || uuid.Validate(product) != nil {
		t.Errorf("got the tax code %q and the product %q", taxCode, product)
	}
	key := services.received[2].key
	if uuid.Validate(key) != nil {
		t.Errorf("got the key %q", key)
	}
	traceparent := func(span int) string { return "00-" + id + "-" + trace.Spans[span].ID + "-01" }
	want := []received{
		{"POST /clients", traceparent(1), "", map[string]string{"taxCode": taxCode, "firstName": "Ada", "lastName": "Lovelace"}},
		{"POST /products", traceparent(2), "", map[string]string{"code": product, "name": "Lamp"}},
		{"POST /orders", traceparent(3), key, map[string]string{"clientTaxCode": taxCode}},
		{"PUT /orders/" + orderID + "/products/" + product, traceparent(4), "", nil},
		{"GET /orders/" + orderID, traceparent(5), "", nil},
	}
	if !reflect.DeepEqual(services.received, want) {
		t.Errorf("got %+v\nwant %+v", services.received, want)
	}
	host, _ := os.Hostname()
	var hops []string
	for _, hop := range trace.Hops {
		hops = append(hops, fmt.Sprintf("%s (%s) %s %s %d", hop.From, hop.FromPod, hop.To, hop.Name, hop.Status))
	}
	wantHops := []string{
		"explorer (" + host + ") clients POST /clients 201",
		"explorer (" + host + ") products POST /products 201",
		"explorer (" + host + ") orders POST /orders 201",
		"explorer (" + host + ") orders PUT /orders/{id}/products/{code} 200",
		"explorer (" + host + ") orders GET /orders/{id} 200",
	}
	if !slices.Equal(hops, wantHops) {
		t.Errorf("got %q\nwant %q", hops, wantHops)
	}
}

func TestEachPurchaseIsUnique(t *testing.T) {
	services := new(services)
	buyer, _ := visit(t, services)
	first, _ := buyer.Buy(t.Context(), ada)
	second, _ := buyer.Buy(t.Context(), ada)
	if first == second || services.received[0].body["taxCode"] == services.received[5].body["taxCode"] || services.received[2].key == services.received[7].key {
		t.Errorf("got %+v", services.received)
	}
}

func TestOtherTracesDoNotEvictPurchases(t *testing.T) {
	buyer, store := visit(t, new(services))
	first, _ := buyer.Buy(t.Context(), ada)
	for n := range 200 {
		send(t, store, request(n))
	}
	if _, found := store.Trace(first); !found {
		t.Error("the trace of the purchase was evicted")
	}
	for range 50 {
		if _, err := buyer.Buy(t.Context(), ada); err != nil {
			t.Fatal(err)
		}
	}
	if _, found := store.Trace(first); found {
		t.Error("the oldest of 51 purchases is still there")
	}
	if got := len(store.Traces()); got != 100 {
		t.Errorf("got %d traces, want 50 purchases and 50 others", got)
	}
	if _, found := store.Trace(fmt.Sprintf("%x", traceID(199))); !found {
		t.Error("purchases evicted the newest of the other traces")
	}
}
