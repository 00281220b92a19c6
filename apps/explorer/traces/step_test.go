package traces_test

import (
	"errors"
	"net/http"
	"testing"

	"example.com/kubernetes-networking/apps/contract/failure"
	"example.com/kubernetes-networking/apps/explorer/traces"
	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/problem"
)

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
				problem.Write(w, r, problem.Invalid(problem.Field{Name: "firstName", Detail: "It must be a text."}))
			},
			traces.StepError{
				Step: "create the client", Request: "POST /clients", Peer: "clients", Status: 422,
				Detail: "Some values are invalid. See errors. firstName: It must be a text.",
			},
			"cannot create the client: POST /clients to clients: 422 Unprocessable Entity: Some values are invalid. See errors. firstName: It must be a text.",
		},
		{
			"a peer is unavailable", "/orders", func(w http.ResponseWriter, r *http.Request) {
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
				Detail: "The answer has no explanation. It may not come from the demo's service.",
			},
			"cannot create the product: POST /products to products: 302 Found: The answer has no explanation. It may not come from the demo's service.",
		},
		{
			"the answer has no order", "/orders", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) },
			traces.StepError{
				Step: "create the order", Request: "POST /orders", Peer: "orders", Status: 201,
				Detail: "The answer is invalid: unexpected end of JSON input.",
			},
			"cannot create the order: POST /orders to orders: The answer is invalid: unexpected end of JSON input.",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			buyer, store := visit(t, &services{instead: func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path != test.fails {
					return false
				}
				test.answer(w, r)
				return true
			}})
			wantFailure(t, buyer, store, test.want, test.text)
		})
	}
}

// wantFailure makes a purchase, and checks that it fails and that its trace is marked as failed.
func wantFailure(t *testing.T, buyer *traces.Buyer, store *traces.Store, want traces.StepError, text string) {
	t.Helper()
	id, err := buyer.Buy(t.Context(), ada)
	var failed *traces.StepError
	if !errors.As(err, &failed) {
		t.Fatalf("got %v, want a StepError", err)
	}
	if *failed != want || err.Error() != text {
		t.Errorf("got %+v: %v\nwant %+v: %s", *failed, err, want, text)
	}
	trace, _ := store.Trace(id)
	if !trace.Failed || !trace.Spans[0].Failed {
		t.Errorf("got %+v, want a trace that failed and is kept", trace)
	}
	last := trace.Hops[len(trace.Hops)-1]
	if !last.Failed || last.To != want.Peer || last.Status != want.Status || last.Code != string(want.Code) || last.Name != want.Request {
		t.Errorf("got the last hop %+v", last)
	}
}

func TestAPurchaseEndsWithoutAnAnswer(t *testing.T) {
	gone := apitest.Serve(t, http.NotFoundHandler())
	gone.Stop()
	store := traces.NewStore(shop)
	const refused = "The connection was refused: nothing listens on that address and port, or a network policy rejects it."
	wantFailure(t, traces.NewBuyer(gone.URL, gone.URL, gone.URL, store), store, traces.StepError{
		Step: "create the client", Request: "POST /clients", Peer: "clients", Code: failure.Refused, Detail: refused,
	}, "cannot create the client: POST /clients to clients: REFUSED: "+refused)
}

func TestAStepHasATimeout(t *testing.T) {
	t.Parallel() // it takes as long as a step may
	end := make(chan struct{})
	buyer, store := visit(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-end:
		}
	}))
	t.Cleanup(func() { close(end) })
	const late = "No answer came in time."
	wantFailure(t, buyer, store, traces.StepError{
		Step: "create the client", Request: "POST /clients", Peer: "clients", Code: failure.Timeout, Detail: late,
	}, "cannot create the client: POST /clients to clients: TIMEOUT: "+late)
}
