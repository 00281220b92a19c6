package service_test

import (
	"strings"
	"testing"

	"golang.org/x/net/html"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/contract/matrix"
	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/service"
	"example.com/kubernetes-networking/apps/explorer/story"
	"example.com/kubernetes-networking/apps/explorer/traces"
	"example.com/kubernetes-networking/apps/internal/probe"
)

// paths holds the path of one page of each kind.
var paths = []string{
	"/", "/nodes/orders", "/pods/orders-5b8f-p0000", "/calls/orders/products", "/localhost", "/matrix", "/requests", "/requests/" + traceID,
	"/labs", "/labs/deny-call", "/nowhere",
}

const traceID = "4bf92f3577b34da6a3ce929d0e0e4736"

// everything returns answers that fill every part of every page. They contain the text wherever a page shows external
// text.
func everything(from string) *answers {
	failing := calls.Call{From: "orders", To: "products", State: calls.Failing, Code: "TIMEOUT", Detail: from, Pod: from, URL: from}
	query := probe.Query{Name: from, Type: from, Server: from, Outcome: from}
	return &answers{
		story: story.Story{
			Call: failing,
			Steps: []story.Step{{
				ID: "queries", Title: from, Text: from, Problem: from, Commands: []story.Command{{Text: from, Note: from}}, Milliseconds: 1,
				Facts: []story.Fact{{Name: from, Value: from}}, Queries: []probe.Query{query},
			}},
			Names: []story.Name{{Form: from, Problem: from, Resolution: probe.Resolution{Name: from, Queries: []probe.Query{query}}}},
		},
		matrix: matrix.Matrix{Namespace: from, EnforcedDetail: from, Differences: 1, Rows: []matrix.Row{{
			From: from, FromPod: from, To: from, ToPod: from, Kind: matrix.Kind(from), Target: from,
			Expected: matrix.Denied, Measured: matrix.Allowed, Reason: from, Detail: from,
		}}},
		traces: []traces.Trace{{
			ID: traceID, Name: from, Milliseconds: 3, Began: now, Failed: true,
			Spans: []traces.Span{{ID: from, Service: from, Pod: from, Name: from, Kind: from, Milliseconds: 2, Failed: true, Status: 500}},
			Hops:  []traces.Hop{{Number: "1", From: "orders", To: "products", FromPod: from, ToPod: from, Name: from, Failed: true}},
		}},
	}
}

func TestEveryPageIsWellFormed(t *testing.T) {
	seen := demo(3)
	seen.network.Problem = "The Kubernetes API cannot be reached."
	seen.network.Lab = string(contract.DenyCall)
	explorer := explore(t, seen, everything("a text"))
	for _, path := range paths {
		t.Run(path, func(t *testing.T) { wellFormed(t, parse(t, browse(t, explorer, path).Text)) })
	}
}

// wellFormed checks for errors that browsers tolerate and screen readers do not.
func wellFormed(t *testing.T, page *html.Node) {
	t.Helper()
	ids := map[string]bool{}
	for _, node := range all(page, func(*html.Node) bool { return true }) {
		id, has := attribute(node, "id")
		if has && (ids[id] || id == "" || strings.Contains(id, " ")) {
			t.Errorf("the id %q is invalid or not unique", id)
		}
		ids[id] = true
		for _, a := range node.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("%s has the attribute %s, which the Content-Security-Policy forbids", node.Data, a.Key)
			}
		}
	}
	level, titles := 0, 0
	for _, node := range all(page, func(*html.Node) bool { return true }) {
		for _, reference := range []string{"for", "aria-describedby"} {
			if to, has := attribute(node, reference); has && !ids[to] {
				t.Errorf("%s of a %s refers to %q, which does not exist", reference, node.Data, to)
			}
		}
		switch node.Data {
		case "html":
			wantAttributes(t, node, map[string]string{"lang": "en"})
		case "title":
			if node.Parent.Data == "head" {
				titles++
			}
		case "style":
			t.Error("the page has an inline style, which the Content-Security-Policy forbids")
		case "script":
			if _, has := attribute(node, "src"); !has {
				t.Error("the page has an inline script, which the Content-Security-Policy forbids")
			}
		case "h1", "h2", "h3":
			next := int(node.Data[1] - '0')
			if node.Parent.Parent != nil && next > level+1 {
				t.Errorf("the heading %q skips a level", text(node))
			}
			level = next
		}
	}
	if titles != 1 || !ids["main"] || len(all(page, func(node *html.Node) bool { return node.Data == "h1" })) != 1 {
		t.Error("the page must have one title, one main element and one h1")
	}
}

// The names of Pods and policies, and the texts of traces, are untrusted.
func TestUntrustedTextIsEscaped(t *testing.T) {
	const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)>'`
	seen := demo(1)
	seen.network.Namespace, seen.network.Problem = hostile, hostile
	for i := range seen.network.Workloads {
		workload := &seen.network.Workloads[i]
		workload.Kind = hostile
		for j := range workload.Pods {
			pod := &workload.Pods[j]
			pod.Name, pod.IP, pod.Node, pod.State = hostile, hostile, hostile, hostile
		}
		for j := range workload.Containers {
			workload.Containers[j].Name = hostile
		}
	}
	for i := range seen.network.Services {
		service := &seen.network.Services[i]
		service.Type, service.ClusterIP, service.DNSName = hostile, hostile, hostile
		service.External, service.Selector = []string{hostile}, map[string]string{hostile: hostile}
		service.Ports[0].Name, service.Ports[0].TargetPort = hostile, hostile
		service.Endpoints[0].Address, service.Endpoints[0].Pod = hostile, hostile
	}
	for i := range seen.calls {
		seen.calls[i].State, seen.calls[i].Code, seen.calls[i].Detail, seen.calls[i].URL = calls.Failing, hostile, hostile, hostile
	}
	strange := func(deps *service.Dependencies) {
		deps.Topology.Nodes[0].Name, deps.Topology.Nodes[0].URL = hostile, hostile
	}
	explorer := explore(t, seen, everything(hostile), strange)
	for _, path := range append(paths, "/"+`%22%3E%3Cscript%3Ealert(1)%3C/script%3E`) {
		page := parse(t, browse(t, explorer, path).Text)
		for _, node := range all(page, func(*html.Node) bool { return true }) {
			_, src := attribute(node, "src")
			_, onerror := attribute(node, "onerror")
			if node.Data == "img" || onerror || node.Data == "script" && !src {
				t.Errorf("%s contains the element %s of a hostile text", path, node.Data)
			}
		}
	}
}
