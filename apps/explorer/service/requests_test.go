package service_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"example.com/kubernetes-networking/apps/contract/failure"
	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/diagnosis"
	"example.com/kubernetes-networking/apps/explorer/traces"
	"example.com/kubernetes-networking/apps/internal/apitest"
)

// submit sends the form like a browser, without following redirects.
func submit(t *testing.T, explorer apitest.API, form url.Values) apitest.Answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, explorer.URL+"/requests", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	request.Header.Set("Accept", "text/html")
	return apitest.Send(t, request)
}

func TestAPurchaseRedirectsToItsTrace(t *testing.T) {
	others := &answers{traces: []traces.Trace{{ID: traceID, Name: "purchase", Milliseconds: 3, Began: now}}}
	explorer := explore(t, demo(3), others)
	answer := submit(t, explorer, url.Values{"firstName": {" Grace "}, "lastName": {"Hopper"}, "product": {"Compiler"}})
	if want := (traces.Purchase{FirstName: "Grace", LastName: "Hopper", Product: "Compiler"}); others.bought != want {
		t.Errorf("%+v was bought, want %+v", others.bought, want)
	}
	// The client has followed the 303.
	wantText(t, byID(t, parse(t, answer.Text), "trace"), "done in 3.00 ms, 0 hops, 0 spans, trace "+traceID)
}

func TestTheProblemOfAFieldStandsBesideIt(t *testing.T) {
	others := &answers{}
	explorer := explore(t, demo(3), others)
	answer := submit(t, explorer, url.Values{"firstName": {" "}, "lastName": {strings.Repeat("ä", 101)}, "product": {"Compiler\x00"}})
	page := parse(t, answer.Text)
	if answer.Status != 422 || others.bought != (traces.Purchase{}) {
		t.Errorf("the form answers %d, and %+v was bought", answer.Status, others.bought)
	}
	for name, want := range map[string]string{
		"firstName": "Type 1 to 100 letters.", "lastName": "Type at most 100 letters.", "product": "Type visible characters only.",
	} {
		if got := text(byID(t, page, name+"-problem")); got != want {
			t.Errorf("beside %s stands %q, want %q", name, got, want)
		}
		wantAttributes(t, byID(t, page, name), map[string]string{"aria-invalid": "true", "aria-describedby": name + "-problem"})
	}
	wantAttributes(t, byID(t, page, "lastName"), map[string]string{"value": strings.Repeat("ä", 101)})
	wellFormed(t, page)
}

func TestAHundredLettersAreAccepted(t *testing.T) {
	others := &answers{traces: []traces.Trace{{ID: traceID}}}
	long := strings.Repeat("ä", 100)
	if answer := submit(t, explore(t, demo(3), others), url.Values{"firstName": {long}, "lastName": {"L"}, "product": {long}}); answer.Status != 200 {
		t.Errorf("it answers %d", answer.Status)
	}
}

func TestAFailedPurchaseNamesTheStepAndLinksToItsTrace(t *testing.T) {
	stopped := &traces.StepError{Step: "create the order", Request: "POST /orders", Peer: "orders", Status: 503, Detail: "products is down."}
	answer := submit(t, explore(t, demo(3), &answers{err: stopped}), url.Values{"firstName": {"A"}, "lastName": {"B"}, "product": {"C"}})
	page := parse(t, answer.Text)
	if answer.Status != 502 {
		t.Errorf("it answers %d", answer.Status)
	}
	wantText(t, byID(t, page, "main"), "The purchase failed: cannot create the order: POST /orders to orders: 503 Service Unavailable: products is down.")
	links := all(page, func(node *html.Node) bool { to, _ := attribute(node, "href"); return to == "/requests/"+traceID })
	if len(links) != 1 {
		t.Errorf("there are %d links to the trace, want one", len(links))
	}
	wantAttributes(t, byID(t, page, "product"), map[string]string{"value": "C"})
}

func TestTheHopsOfARequestAreNumberedOnTheMap(t *testing.T) {
	trace := traces.Trace{ID: traceID, Name: "purchase", Milliseconds: 40, Began: time.Now(), Failed: true}
	trace.Hops = []traces.Hop{
		{Number: "1", From: "explorer", To: "orders", Name: "POST /orders", Milliseconds: 30, FromPod: "explorer-a", ToPod: "orders-a"},
		{Number: "2", From: "orders", To: "clients", Name: "GET /clients/{taxCode}", Start: 10, Milliseconds: 5},
		{Number: "3", From: "orders", To: "products", Name: "GET /products/{code}", Start: 20, Milliseconds: 10, Failed: true},
	}
	for number := 1; number <= 6; number++ {
		trace.Hops = append(trace.Hops, traces.Hop{
			Number: fmt.Sprintf("1.%d", number), From: "orders", To: "orders-database", Name: "SELECT", Milliseconds: 1,
			Statements: []traces.Statement{{Name: "SELECT", Milliseconds: 1}},
		})
	}
	trace.Spans = []traces.Span{
		{Service: "explorer", Name: "purchase", Kind: "internal", Milliseconds: 40},
		{Service: "orders", Name: "POST /orders", Kind: "server", Start: 10, Milliseconds: 20, Depth: 1, Status: 503, Failed: true},
	}
	page := parse(t, explore(t, demo(3), &answers{traces: []traces.Trace{trace}}).Do(t, "GET", "/requests/"+traceID, "").Text)
	for id, want := range map[string]string{
		"call-explorer-orders": "1 30.0 ms", "call-orders-clients": "2 5.00 ms", "call-orders-products": "3 10.0 ms",
		"call-orders-orders-database": "1.1 1.2 1.3 1.4 +2 6.00 ms",
	} {
		if got := text(byID(t, page, id)); got != want {
			t.Errorf("on %s stands %q, want %q", id, got, want)
		}
	}
	wantAttributes(t, byID(t, page, "call-orders-products"), map[string]string{"data-state": "failing", "aria-label": "orders calls products: failing. A hop of this request failed here."})
	wantAttributes(t, byID(t, page, "call-clients-orders"), map[string]string{"class": "call quiet", "data-state": "unknown"})
	wantText(t, byID(t, page, "hops"), "1 explorer → orders POST /orders 30.0 ms, after 0.00 ms from Pod explorer-a to Pod orders-a", "GET /products/{code} 10.0 ms, after 20.0 ms failed")
	hops := all(byID(t, page, "hops"), func(node *html.Node) bool { return node.Data == "li" && node.Parent.Data == "ol" })
	if len(hops) != 3 {
		t.Fatalf("%d hops are listed, want 3 with the statements below the first", len(hops))
	}
	folded := all(hops[0], func(node *html.Node) bool { return node.Data == "details" })
	if len(folded) != 6 {
		t.Fatalf("%d details are below the first hop, want one for each of its hops to the database", len(folded))
	}
	wantText(t, folded[0], "1 SQL statement to orders-database", "1.1 orders → orders-database")
	wantLink(t, hops[1], "/calls/orders/clients")
	wantText(t, byID(t, page, "spans"), "orders POST /orders 503 failed server 20.0 ms")
	bars := all(byID(t, page, "spans"), func(node *html.Node) bool {
		class, _ := attribute(node, "class")
		return strings.HasPrefix(class, "span ")
	})
	wantAttributes(t, bars[0], map[string]string{"x": "0", "width": "1000"})
	wantAttributes(t, bars[1], map[string]string{"x": "250", "width": "500"})
	wantAttributes(t, byID(t, page, "trace"), map[string]string{"data-young": "true"})
}

func TestAFailedPurchaseNamesTheCauseOnTheMap(t *testing.T) {
	deny := func(seen *picture, from, to string) {
		failing := seen.call(from, to)
		failing.State, failing.Code, failing.Cause = calls.Failing, failure.Policy, diagnosis.PolicyDenied
		failing.Detail, failing.Command = "The network policies of "+to+" do not let "+from+" in.", "kubectl -n shop describe networkpolicy "+to
	}
	for name, test := range map[string]struct {
		from, to string
		stopped  *traces.StepError
	}{
		"the service's own call": {"orders", "products", &traces.StepError{Step: "add", Peer: "orders", Status: 503, Detail: "products cannot be reached (TIMEOUT)."}},
		"the explorer's call":    {"explorer", "products", &traces.StepError{Step: "create", Peer: "products", Code: failure.Timeout, Detail: "No answer came in time."}},
	} {
		t.Run(name, func(t *testing.T) {
			seen := demo(3)
			deny(seen, test.from, test.to)
			deny(seen, "orders", "orders-database")
			answer := submit(t, explore(t, seen, &answers{err: test.stopped}), url.Values{"firstName": {"A"}, "lastName": {"B"}, "product": {"C"}})
			cause := byID(t, parse(t, answer.Text), "cause")
			wantAttributes(t, cause, map[string]string{"data-cause": "policy-denied"})
			wantText(t, cause, test.from+" → "+test.to+" POLICY", "kubectl -n shop describe networkpolicy "+test.to)
		})
	}
}

func TestAFailedHopNamesTheCauseOnTheMap(t *testing.T) {
	seen := demo(3)
	failing := seen.call("orders", "products")
	failing.State, failing.Code, failing.Cause, failing.Detail = calls.Failing, failure.Timeout, diagnosis.NoAnswer, "products is slow."
	trace := traces.Trace{ID: traceID, Name: "purchase", Began: time.Now(), Failed: true, Hops: []traces.Hop{
		{Number: "1", From: "explorer", To: "orders"}, {Number: "2", From: "orders", To: "products", Failed: true},
	}}
	page := parse(t, explore(t, seen, &answers{traces: []traces.Trace{trace}}).Do(t, "GET", "/requests/"+traceID, "").Text)
	causes := all(page, func(node *html.Node) bool {
		cause, _ := attribute(node, "data-cause")
		return cause == "no-answer" && node.Data == "div"
	})
	if len(causes) != 1 {
		t.Fatalf("the page has %d causes, want one", len(causes))
	}
	wantText(t, causes[0], "orders → products TIMEOUT . products is slow.")
}
