package service_test

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/contract/failure"
	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/diagnosis"
	"example.com/kubernetes-networking/apps/explorer/network"
)

func TestEveryDeclaredCallIsAnArrowOfTheMap(t *testing.T) {
	page := parse(t, explore(t, demo(3), &answers{}).Do(t, "GET", "/", "").Text)
	for _, call := range topology().Calls {
		arrow := byID(t, page, "call-"+call.From+"-"+call.To)
		wantAttributes(t, arrow, map[string]string{
			"class": "call", "href": "/calls/" + call.From + "/" + call.To, "data-state": "working", "data-code": "",
		})
	}
	arrow := byID(t, page, "call-orders-clients")
	wantText(t, arrow, "2.25 ms")
	wantAttributes(t, arrow, map[string]string{"aria-label": "orders calls clients: working, 2.25 ms"})
	wantAttributes(t, byID(t, page, "call-localhost"), map[string]string{"href": "/localhost"})
	wantAttributes(t, byID(t, page, "status"), map[string]string{"role": "status"})
	if pods := all(byID(t, page, "map"), pod); len(pods) != 3*3+3+1 {
		t.Errorf("%d Pods are drawn, want 13", len(pods))
	}
}

func pod(node *html.Node) bool { _, is := attribute(node, "data-pod"); return is }

func TestAFailingCallHasItsReasonInTheMapAndInTheTable(t *testing.T) {
	for _, code := range []failure.Code{
		failure.DNS, failure.Refused, failure.Timeout, failure.NoEndpoints, failure.Policy, failure.Server, failure.Other,
	} {
		t.Run(string(code), func(t *testing.T) {
			seen := demo(3)
			failing := seen.call("orders", "products")
			failing.State, failing.Code, failing.Detail = calls.Failing, code, "It is broken on purpose."
			page := parse(t, explore(t, seen, &answers{}).Do(t, "GET", "/", "").Text)
			arrow := byID(t, page, "call-orders-products")
			wantAttributes(t, arrow, map[string]string{
				"data-state": "failing", "data-code": string(code),
				"aria-label": "orders calls products: failing, " + string(code) + ". It is broken on purpose.",
			})
			wantText(t, arrow, string(code))
			wantText(t, byID(t, page, "calls"), "orders products "+string(code)+" – http://products.shop.svc:80 It is broken on purpose.")
		})
	}
}

func TestAnUnmeasuredCallIsUnknown(t *testing.T) {
	seen := demo(3)
	*seen.call("orders", "products") = calls.Call{From: "orders", To: "products", State: calls.Unknown, Detail: "No Pod of orders runs."}
	arrow := byID(t, parse(t, explore(t, seen, &answers{}).Do(t, "GET", "/", "").Text), "call-orders-products")
	wantAttributes(t, arrow, map[string]string{"data-state": "unknown", "aria-label": "orders calls products: unknown. No Pod of orders runs."})
	wantText(t, arrow, "unknown")
}

func TestAPodThatIsNotReadyIsMarked(t *testing.T) {
	seen := demo(1)
	seen.network.Workloads[0].Pods[0].Ready = false
	page := parse(t, explore(t, seen, &answers{}).Do(t, "GET", "/", "").Text)
	wantAttributes(t, all(page, pod)[0], map[string]string{"data-pod": "clients-5b8f-p0000", "data-ready": "false"})
	wantText(t, byID(t, page, "pods"), "clients-5b8f-p0000 clients 10.244.0.0 node-1 Running no 0")
}

func TestAMisleadingPictureHasAnAlert(t *testing.T) {
	const forbidden = "The Kubernetes API does not allow the explorer to list pods: give its service account a Role."
	empty, stale := demo(3), demo(3)
	empty.network = network.Network{Problem: forbidden}
	stale.network.Problem = "The Kubernetes API cannot be reached. What is shown is from 15:04:05."
	open := demo(3)
	open.unenforced = "NetworkPolicies are not enforced here."
	for want, seen := range map[string]*picture{forbidden: empty, stale.network.Problem: stale, open.unenforced: open} {
		answer := explore(t, seen, &answers{}).Do(t, "GET", "/", "")
		alerts := all(parse(t, answer.Text), func(node *html.Node) bool { role, _ := attribute(node, "role"); return role == "alert" })
		if answer.Status != 200 || len(alerts) != 1 || text(alerts[0]) != want {
			t.Errorf("the page answers %d with %d alerts, want one: %s", answer.Status, len(alerts), want)
		}
	}
}

func TestTheMapNamesTheActiveLab(t *testing.T) {
	seen := demo(3)
	seen.network.Lab = string(contract.DenyCall)
	failing := seen.call("orders", "products")
	failing.State, failing.Code, failing.Cause = calls.Failing, failure.Policy, diagnosis.PolicyDenied
	page := parse(t, explore(t, seen, &answers{}).Do(t, "GET", "/", "").Text)
	banner := byID(t, page, "lab")
	wantAttributes(t, banner, map[string]string{"data-lab": "deny-call", "data-state": "active"})
	wantText(t, banner, "A policy denies the call", "POLICY", "Turn it off")
	if page := explore(t, demo(3), &answers{}).Do(t, "GET", "/", "").Text; strings.Contains(page, `id="lab"`) {
		t.Error("a lab is active, although none is set")
	}
}

func TestTheBannerOfALabAgreesWithTheArrows(t *testing.T) {
	failing := func(cause diagnosis.Cause) func(*calls.Call) {
		return func(call *calls.Call) { call.State, call.Code, call.Cause = calls.Failing, failure.NoEndpoints, cause }
	}
	for name, test := range map[string]struct {
		lab, before contract.Lab
		since       time.Duration
		breaks      func(*calls.Call)
		state       string // of the banner; empty for none
		alone       bool   // only one call to the server is changed
	}{
		"set, and the call works":             {contract.WrongSelector, "", 0, func(*calls.Call) {}, "changing", false},
		"set, and the lab before still shows": {contract.WrongSelector, contract.NoReadyEndpoints, 0, failing(diagnosis.PodsNotReady), "changing", false},
		"set, and the call is not measured":   {contract.WrongSelector, "", 0, func(call *calls.Call) { call.State = calls.Unknown }, "changing", false},
		"set, and it shows":                   {contract.WrongSelector, contract.NoReadyEndpoints, 0, failing(diagnosis.NothingSelected), "active", false},
		"set, and one call still works":       {contract.WrongSelector, "", 0, failing(diagnosis.NothingSelected), "changing", true},
		"set, and the caller's others work":   {contract.DenyCall, "", 0, failing(diagnosis.PolicyDenied), "active", true},
		"set, and one of the caller's works":  {contract.DenyDNS, "", 0, failing(diagnosis.DNSDenied), "changing", true},
		"ended, and it still shows":           {"", contract.WrongSelector, time.Second, failing(diagnosis.NothingSelected), "ending", false},
		"ended long ago, and something fails": {"", contract.WrongSelector, time.Hour, failing(diagnosis.NothingSelected), "", false},
		"ended, and the call works":           {"", contract.WrongSelector, time.Second, func(*calls.Call) {}, "", false},
		"none, and something fails by itself": {"", "", time.Second, failing(diagnosis.PodsNotReady), "", false},
		"one that this version does not have": {"fire", "", 0, func(*calls.Call) {}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			seen := demo(3)
			seen.network.Lab, seen.network.LabBefore, seen.network.LabSince = string(test.lab), string(test.before), time.Now().Add(-test.since)
			test.breaks(seen.call("orders", "products"))
			if !test.alone {
				test.breaks(seen.call("explorer", "products"))
			}
			page := parse(t, explore(t, seen, &answers{}).Do(t, "GET", "/", "").Text)
			banners := all(page, func(node *html.Node) bool { id, _ := attribute(node, "id"); return id == "lab" })
			state := ""
			if len(banners) > 0 {
				state, _ = attribute(banners[0], "data-state")
			}
			if state != test.state {
				t.Errorf("the banner is %q, want %q", state, test.state)
			}
		})
	}
}

func TestTheFactsOfANodeAreInTheMapAndOnItsPage(t *testing.T) {
	explorer := explore(t, demo(12), &answers{})
	want := []string{
		"ClusterIP 10.96.0.10", "DNS name clients.shop.svc", "main 80 → 8080 TCP", "app.kubernetes.io/name=clients",
		"10.244.0.0:8080 ready, clients-5b8f-p0000", "and 3 more",
		"clients-5b8f-p0000: 10.244.0.0, ready",
	}
	wantText(t, byID(t, parse(t, explorer.Do(t, "GET", "/", "").Text), "/nodes/clients"), want...)
	page := parse(t, explorer.Do(t, "GET", "/nodes/clients", "").Text)
	wantText(t, byID(t, page, "main"), append(want, "kubectl -n shop get endpointslices -l kubernetes.io/service-name=clients")...)
	outside := parse(t, explorer.Do(t, "GET", "/nodes/kubernetes.default.svc", "").Text)
	wantText(t, byID(t, outside, "main"), "kubernetes.default.svc, outside the namespace", "tcp://kubernetes.default.svc:443")
}

func TestTheTableOfPodsEndsAfterAHundred(t *testing.T) {
	page := parse(t, explore(t, demo(1000), &answers{}).Do(t, "GET", "/", "").Text)
	table := byID(t, page, "pods")
	wantText(t, table, "the first 100; 2904 more are in /topology.json")
	if rows := all(table, func(node *html.Node) bool { return node.Data == "tr" }); len(rows) != 101 {
		t.Errorf("the table has %d rows, want the head and 100", len(rows))
	}
}

func TestTheTopologyAsJSON(t *testing.T) {
	answer := explore(t, demo(3), &answers{}).Do(t, "GET", "/topology.json", "")
	data, _ := answer.Body.(map[string]any)["data"].(map[string]any)
	for name, want := range map[string]string{"topology": "nodes", "network": "workloads"} {
		if part, _ := data[name].(map[string]any); part[want] == nil {
			t.Errorf("%s has no %s", name, want)
		}
	}
	if listed, _ := data["calls"].([]any); len(listed) != 13 || data["lab"] != "" {
		t.Errorf("it has %d calls and the lab %q, want 13 and none", len(listed), data["lab"])
	}
}
