package traces_test

import (
	"encoding/json"
	"errors"
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
	"example.com/kubernetes-networking/apps/internal/failure"
	"example.com/kubernetes-networking/apps/internal/problem"
)

const orderID = "0199f5a6-2d0b-7c6e-8f0a-6a3b5d1c9e42"

var (
	shop = contract.Topology{Nodes: []contract.Node{{Name: "explorer"}, {Name: "clients"}, {Name: "orders"}, {Name: "products"}}}
	ada  = traces.Purchase{FirstName: "Ada", LastName: "Lovelace", Product: "Lamp"}
)

// asked is a request that a service got.
type asked struct {
	request, traceparent, key string
	body                      map[string]string
}

// services answer for clients, orders and products, and remember what they are asked.
type services struct {
	mutex sync.Mutex
	asked []asked
	// instead answers a request instead of them, if it returns true.
	instead func(w http.ResponseWriter, r *http.Request) bool
}

func (s *services) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var body map[string]string
	_ = json.NewDecoder(r.Body).Decode(&body)
	s.asked = append(s.asked, asked{r.Method + " " + r.URL.Path, r.Header.Get("traceparent"), r.Header.Get("Idempotency-Key"), body})
	switch {
	case s.instead != nil && s.instead(w, r):
	case r.Method == http.MethodPost:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"data":{"id":%q}}`, orderID)
	}
}

// visit serves the services, and returns a visitor of them with the store of its traces.
func visit(t *testing.T, services http.Handler) (*traces.Shopper, *traces.Store) {
	t.Helper()
	url := apitest.Serve(t, services).URL
	store := traces.NewStore(shop)
	return traces.NewShopper(url, url+"/", url, store), store
}

func TestAPurchaseIsFiveRequestsInOneTrace(t *testing.T) {
	services := new(services)
	shopper, store := visit(t, services)
	id, err := shopper.Shop(t.Context(), ada)
	if err != nil {
		t.Fatal(err)
	}
	trace, found := store.Trace(id)
	if !found || !trace.Kept || trace.Failed || trace.Name != "purchase" || trace.Services != 1 || len(trace.Spans) != 6 {
		t.Fatalf("got %t %+v, want the trace of a purchase with six spans", found, trace)
	}
	taxCode, product := services.asked[0].body["taxCode"], services.asked[1].body["code"]
	if !regexp.MustCompile("^DEMO[A-Za-z0-9]{12}$").MatchString(taxCode) || uuid.Validate(product) != nil {
		t.Errorf("got the tax code %q and the product %q", taxCode, product)
	}
	key := services.asked[2].key
	if uuid.Validate(key) != nil {
		t.Errorf("got the key %q", key)
	}
	traceparent := func(span int) string { return "00-" + id + "-" + trace.Spans[span].ID + "-01" }
	want := []asked{
		{"POST /clients", traceparent(1), "", map[string]string{"taxCode": taxCode, "firstName": "Ada", "lastName": "Lovelace"}},
		{"POST /products", traceparent(2), "", map[string]string{"code": product, "name": "Lamp"}},
		{"POST /orders", traceparent(3), key, map[string]string{"clientTaxCode": taxCode}},
		{"PUT /orders/" + orderID + "/products/" + product, traceparent(4), "", nil},
		{"GET /orders/" + orderID, traceparent(5), "", nil},
	}
	if !reflect.DeepEqual(services.asked, want) {
		t.Errorf("got %+v\nwant %+v", services.asked, want)
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

func TestNoTwoPurchasesAreAlike(t *testing.T) {
	services := new(services)
	shopper, _ := visit(t, services)
	first, _ := shopper.Shop(t.Context(), ada)
	second, _ := shopper.Shop(t.Context(), ada)
	if first == second || services.asked[0].body["taxCode"] == services.asked[5].body["taxCode"] || services.asked[2].key == services.asked[7].key {
		t.Errorf("got %+v", services.asked)
	}
}

func TestAPurchaseEndsWithTheStepThatFails(t *testing.T) {
	for _, test := range []struct {
		name   string
		fails  string
		answer func(w http.ResponseWriter, r *http.Request)
		want   traces.StepError
		text   string
	}{
		{
			"a service refuses a value", "/clients", func(w http.ResponseWriter, r *http.Request) {
				problem.Write(w, r, problem.Invalid(problem.Field{Name: "firstName", Detail: "It has to be a text."}))
			},
			traces.StepError{
				Step: "create the client", Request: "POST /clients", Peer: "clients", Status: 422,
				Detail: "Some values are not acceptable, see errors. firstName: It has to be a text.",
			},
			"cannot create the client: POST /clients to clients: 422 Unprocessable Entity: Some values are not acceptable, see errors. firstName: It has to be a text.",
		},
		{
			"a peer is away", "/orders", func(w http.ResponseWriter, r *http.Request) {
				problem.Write(w, r, problem.New(503, "clients cannot be reached (TIMEOUT)."))
			},
			traces.StepError{
				Step: "create the order", Request: "POST /orders", Peer: "orders", Status: 503, Code: failure.Server,
				Detail: "clients cannot be reached (TIMEOUT).",
			},
			"cannot create the order: POST /orders to orders: 503 Service Unavailable: clients cannot be reached (TIMEOUT).",
		},
		{
			"somebody else answers", "/products", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) },
			traces.StepError{
				Step: "create the product", Request: "POST /products", Peer: "products", Status: 302,
				Detail: "Who answered is not one of the demo's services, or did not say why.",
			},
			"cannot create the product: POST /products to products: 302 Found: Who answered is not one of the demo's services, or did not say why.",
		},
		{
			"the answer has no order", "/orders", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) },
			traces.StepError{
				Step: "create the order", Request: "POST /orders", Peer: "orders", Status: 201,
				Detail: "The answer is not understood: unexpected end of JSON input.",
			},
			"cannot create the order: POST /orders to orders: The answer is not understood: unexpected end of JSON input.",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			shopper, store := visit(t, &services{instead: func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path != test.fails {
					return false
				}
				test.answer(w, r)
				return true
			}})
			wantFailure(t, shopper, store, test.want, test.text)
		})
	}
}

// wantFailure makes a purchase that fails, and whose trace says so.
func wantFailure(t *testing.T, shopper *traces.Shopper, store *traces.Store, want traces.StepError, text string) {
	t.Helper()
	id, err := shopper.Shop(t.Context(), ada)
	var failed *traces.StepError
	if !errors.As(err, &failed) {
		t.Fatalf("got %v, want a StepError", err)
	}
	if *failed != want || err.Error() != text {
		t.Errorf("got %+v: %v\nwant %+v: %s", *failed, err, want, text)
	}
	trace, _ := store.Trace(id)
	if !trace.Failed || !trace.Kept || !trace.Spans[0].Failed {
		t.Errorf("got %+v, want a trace that failed and is kept", trace)
	}
	last := trace.Hops[len(trace.Hops)-1]
	if !last.Failed || last.To != want.Peer || last.Status != want.Status || last.Code != string(want.Code) || last.Name != want.Request {
		t.Errorf("got the last hop %+v", last)
	}
}

func TestAPurchaseEndsWhereNobodyAnswers(t *testing.T) {
	gone := apitest.Serve(t, http.NotFoundHandler())
	gone.Stop()
	store := traces.NewStore(shop)
	const refused = "The connection was refused: nothing listens on that address and port, or a network policy rejects it."
	wantFailure(t, traces.NewShopper(gone.URL, gone.URL, gone.URL, store), store, traces.StepError{
		Step: "create the client", Request: "POST /clients", Peer: "clients", Code: failure.Refused, Detail: refused,
	}, "cannot create the client: POST /clients to clients: REFUSED: "+refused)
}

func TestAStepThatTakesTooLongIsGivenUp(t *testing.T) {
	t.Parallel() // it takes as long as a step may
	end := make(chan struct{})
	shopper, store := visit(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-end:
		}
	}))
	t.Cleanup(func() { close(end) })
	const late = "Nothing answered in time: the address is not in use, the host is too busy, or packets are dropped."
	wantFailure(t, shopper, store, traces.StepError{
		Step: "create the client", Request: "POST /clients", Peer: "clients", Code: failure.Timeout, Detail: late,
	}, "cannot create the client: POST /clients to clients: TIMEOUT: "+late)
}

func TestPurchasesStayWhenOtherTracesGo(t *testing.T) {
	shopper, store := visit(t, new(services))
	first, _ := shopper.Shop(t.Context(), ada)
	for n := range 200 {
		send(t, store, request(n))
	}
	if _, found := store.Trace(first); !found {
		t.Error("the trace of the purchase is gone")
	}
	for range 50 {
		if _, err := shopper.Shop(t.Context(), ada); err != nil {
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
		t.Error("purchases drove out the newest of the other traces")
	}
}
