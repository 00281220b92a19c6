package service_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/contract/failure"
	"example.com/kubernetes-networking/apps/contract/matrix"
	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/story"
	"example.com/kubernetes-networking/apps/internal/probe"
	"example.com/kubernetes-networking/apps/internal/problem"
)

func TestTheStoryOfACall(t *testing.T) {
	failed := failure.Failure{Code: failure.DNS, Detail: "The name orders does not exist."}
	query := probe.Query{Name: "products.shop.svc.cluster.local.", Type: "A", Outcome: "NOERROR", Addresses: []netip.Addr{netip.MustParseAddr("10.96.0.14")}, Milliseconds: .3}
	others := &answers{story: story.Story{
		MeasuredAt: now, Declared: true, Call: calls.Call{State: calls.Failing, Code: failure.NoEndpoints, Detail: "No Pod is ready.", Pod: "orders-5b8f-aaaaa"},
		Steps: []story.Step{
			{ID: "variable", Title: "The environment", Text: "It names the server.", Facts: []story.Fact{{Name: "PRODUCTS_URL", Value: "http://products.shop.svc:80"}}},
			{ID: "queries", Title: "DNS", Text: "It resolves the name.", Milliseconds: 1.5, Queries: []probe.Query{query}, Commands: []story.Command{{Text: "kubectl get service products", Note: "It has one port:"}}},
			{ID: "connection", Title: "TCP", Text: "It is opened.", Problem: "Nobody is there."},
		},
		Names: []story.Name{
			{Form: "short name", Resolution: probe.Resolution{Name: "products", Queries: make([]probe.Query, 2), Addresses: query.Addresses, Milliseconds: 2}},
			{Form: "full name", Resolution: probe.Resolution{Name: "products.shop", Failure: &failed}},
		},
	}}
	explorer := explore(t, demo(3), others)
	page := parse(t, explorer.Do(t, "GET", "/calls/orders/products", "").Text)
	wantText(t, byID(t, page, "main"), "orders calls products", "NO ENDPOINTS : No Pod is ready.", "Measured at 15:04:05 UTC in the Pod orders-5b8f-aaaaa")
	wantText(t, byID(t, page, "step-variable"), "The environment It names the server. PRODUCTS_URL http://products.shop.svc:80")
	wantText(t, byID(t, page, "step-queries"), "DNS 1.50 ms", "products.shop.svc.cluster.local. A NOERROR 10.96.0.14 0.30 ms", "It has one port: kubectl get service products")
	stopped := byID(t, page, "step-connection")
	wantAttributes(t, stopped, map[string]string{"class": "stopped"})
	wantText(t, stopped, "Nobody is there.")
	wantText(t, byID(t, page, "names"), "products short name 2 2.00 ms 10.96.0.14", "products.shop full name 0 0.00 ms DNS: The name orders does not exist.")
	local := parse(t, explorer.Do(t, "GET", "/localhost", "").Text)
	wantText(t, byID(t, local, "main"), "Two containers, one Pod, localhost", "From any other Pod the same port is closed.")
}

func TestTheMatrixShowsExpectedBesideMeasured(t *testing.T) {
	row := func(from, pod, group, target string, expected, measured matrix.Verdict) matrix.Row {
		same := expected == measured || expected == matrix.Either
		made := matrix.Row{From: from, FromPod: pod, Group: group, Target: target, Expected: expected, Measured: measured, Same: same}
		words := strings.Fields(group)
		made.To, made.Kind = words[len(words)-1], "service"
		if words[1] == "Pods" {
			made.Kind = "pod"
		}
		return made
	}
	differs := row("orders", "orders-a", "the Pods of products", "http://10.0.0.1", matrix.Denied, matrix.Allowed)
	differs.ToPod, differs.Reason = "products-a", "It is not declared."
	others := &answers{matrix: matrix.Matrix{
		MeasuredAt: now, Milliseconds: 2311, EnforcedDetail: "The cluster enforces NetworkPolicies.", Differences: 1, Rows: []matrix.Row{
			row("clients", "clients-a", "the Service orders", "http://orders", matrix.Allowed, matrix.Allowed),
			row("clients", "clients-b", "the Service orders", "http://orders", matrix.Allowed, matrix.Allowed),
			row("orders", "orders-a", "the Service orders", "http://orders", matrix.Either, matrix.Denied),
			row("orders", "orders-b", "the Service orders", "http://orders", matrix.Either, matrix.Allowed),
			row("orders", "orders-a", "the Pods of products", "http://10.0.0.2", matrix.Denied, matrix.Denied),
			differs,
		},
	}}
	seen := demo(3)
	seen.call("clients", "orders").Times = calls.Times{TCP: .5, Answer: .75, Measurements: 5}
	explorer := explore(t, seen, others)
	page := parse(t, explorer.Do(t, "GET", "/matrix", "").Text)
	wantText(t, byID(t, page, "verdict"), "1 of 6 connections are not as declared. The cluster enforces NetworkPolicies.")
	wantText(t, byID(t, page, "differences"), "orders ( orders-a ) to http://10.0.0.1 of products-a : expected denied , measured allowed . It is not declared.")
	isCell := func(node *html.Node) bool { return node.Data == "td" && node.Parent.Parent.Data == "tbody" }
	cells := all(byID(t, page, "matrix"), isCell)
	if len(cells) != 4 {
		t.Fatalf("the matrix has %d cells, want 2 sources × 2 groups", len(cells))
	}
	wantAttributes(t, cells[0], map[string]string{"data-expected": "allowed", "data-measured": "allowed", "data-same": "true"})
	wantText(t, cells[0], "✓ allowed ×2 1.25 ms")
	wantLink(t, cells[0], "/calls/clients/orders")
	wantAttributes(t, cells[1], map[string]string{"data-expected": "either", "data-measured": "denied allowed", "data-same": "true"})
	wantText(t, cells[1], "✕ denied , ✓ allowed either is right")
	wantText(t, cells[2], "–")
	wantAttributes(t, cells[3], map[string]string{"data-expected": "denied", "data-measured": "denied allowed", "data-same": "false"})
	wantText(t, cells[3], "≠ ✕ denied , ✓ allowed expected denied")
	wantLink(t, cells[3], "/calls/orders/products")
	connections := all(byID(t, page, "connections"), func(node *html.Node) bool { return node.Data == "tr" && node.Parent.Data == "tbody" })
	if len(connections) != 6 {
		t.Fatalf("%d connections are listed, want 6", len(connections))
	}
	wantText(t, connections[5], "orders-a http://10.0.0.1 products-a denied ≠ allowed", "It is not declared.")
	data, _ := explorer.Do(t, "GET", "/matrix.json", "").Body.(map[string]any)["data"].(map[string]any)
	if rows, _ := data["rows"].([]any); len(rows) != 6 || data["differences"] != 1.0 {
		t.Errorf("the JSON has %d rows and %v differences, want 6 and 1", len(rows), data["differences"])
	}
}

func TestTheMatrixShowsDifferencesWithOneCauseOnceAndHidesTheRest(t *testing.T) {
	others := &answers{matrix: matrix.Matrix{MeasuredAt: now, Differences: 20}}
	for i := range 5 {
		to := fmt.Sprintf("server-%d", i)
		for _, pod := range []string{"orders-a", "orders-b"} {
			for _, of := range []string{"a", "b"} {
				others.matrix.Rows = append(others.matrix.Rows, matrix.Row{
					From: "orders", FromPod: pod, To: to, Kind: matrix.Pod, Group: "the Pods of " + to, Target: "http://" + to,
					ToPod: to + of, Expected: matrix.Allowed, Measured: matrix.Denied, Code: "TIMEOUT", Detail: to + of + " is silent.",
				})
			}
		}
	}
	page := parse(t, explore(t, demo(3), others).Do(t, "GET", "/matrix", "").Text)
	isItem := func(node *html.Node) bool { return node.Data == "li" }
	first, rest := all(byID(t, page, "differences"), isItem), all(byID(t, page, "more-differences"), isItem)
	if len(first) != 3 || len(rest) != 2 {
		t.Fatalf("the page shows %d differences and hides %d, want 3 and 2", len(first), len(rest))
	}
	wantText(t, first[0], "orders ( orders-a ) to http://server-0 of server-0a , and 3 more like it: expected allowed , measured "+
		"denied, TIMEOUT . server-0a is silent.")
	wantText(t, byID(t, page, "more-differences").Parent, "2 more")
	wantText(t, byID(t, page, "verdict"), "20 of 20 connections are not as declared.")
}

func TestAFailedMeasurementIsAProblem(t *testing.T) {
	explorer := explore(t, demo(3), &answers{err: problem.New(http.StatusServiceUnavailable, "The probe cannot be reached.")})
	for _, path := range []string{"/calls/orders/products", "/localhost", "/matrix", "/matrix.json"} {
		explorer.Do(t, "GET", path, "").WantProblem(t, 503, path, "The probe cannot be reached.")
		page := browse(t, explorer, path)
		if page.Status != http.StatusServiceUnavailable {
			t.Errorf("a browser gets %[2]d for %[1]s", path, page.Status)
		}
		wantText(t, byID(t, parse(t, page.Text), "main"), "Service Unavailable The probe cannot be reached.")
	}
}

func TestPagesThatMeasureAreRateLimited(t *testing.T) {
	explorer := explore(t, demo(3), &answers{})
	for path, burst := range map[string]int{"/calls/orders/products": 20, "/matrix": 5} {
		for i := range burst {
			if answer := explorer.Do(t, "GET", path, ""); answer.Status != 200 {
				t.Fatalf("%s answers %d to request %d of %d", path, answer.Status, i+1, burst)
			}
		}
		answer := explorer.Do(t, "GET", path, "")
		after := answer.Header.Get("Retry-After")
		if after != "1" && after != "3" {
			t.Errorf("one more of %s has the Retry-After %q", path, after)
		}
		answer.WantProblem(t, 429, path, "The explorer is rate-limited. Try again in "+after+" s.")
	}
	// Pages that do not measure are not limited.
	if answer := explorer.Do(t, "GET", "/", ""); answer.Status != 200 {
		t.Errorf("the map answers %d", answer.Status)
	}
}

func TestTheLabsAreExplainedAndTheActiveOneIsMarked(t *testing.T) {
	seen := demo(3)
	seen.network.Lab = string(contract.WrongSelector)
	explorer := explore(t, seen, &answers{})
	page := parse(t, explorer.Do(t, "GET", "/labs", "").Text)
	wantText(t, byID(t, page, "lab-on"), "The Service selects no Pod active", "wrong-selector → NO ENDPOINTS")
	for _, lab := range contract.Labs() {
		answer := explorer.Do(t, "GET", "/labs/"+string(lab), "")
		wantText(t, byID(t, parse(t, answer.Text), "main"), "make lab ON="+string(lab), "make lab OFF=1", "pulumi config set lab "+string(lab)+" pulumi up --yes", "pulumi config rm lab pulumi up --yes", "kubectl -n shop ")
		if marked := strings.Contains(answer.Text, `id="lab-on"`); marked != (lab == contract.WrongSelector) {
			t.Errorf("%s is marked as active: %t", lab, marked)
		}
	}
}

func TestAnUnexpectedErrorIsNotShown(t *testing.T) {
	explorer := explore(t, demo(3), &answers{err: errors.New("secret")})
	explorer.Do(t, "GET", "/localhost", "").WantProblem(t, 500, "/localhost", "Something went wrong on our side. It has been logged.")
}
