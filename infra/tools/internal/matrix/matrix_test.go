package matrix

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"
	"time"

	contract "example.com/kubernetes-networking/apps/contract/matrix"
)

// measured is a round with one connection that is closed by mistake, and one that could not be measured.
func measured() Matrix {
	return Matrix{contract.Matrix{
		Namespace: "shop", MeasuredAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Milliseconds: 3210,
		Enforced: "yes", EnforcedDetail: "The cluster enforces NetworkPolicies: what is not declared is closed.",
		Rows: []contract.Row{
			{From: "clients", FromPod: "clients-1", To: "orders", Kind: "service", Group: "the Service orders", Target: "http://orders.shop.svc:80", Expected: "allowed", Measured: "allowed", Milliseconds: 4, Same: true},
			{From: "clients", To: "orders", Kind: "control", Group: "the probe port of orders", Target: "tcp://10.0.0.7:8082", ToPod: "orders-1", Expected: "denied", Measured: "denied", Code: "TIMEOUT", Same: true},
			{
				From: "orders", FromPod: "orders-1", To: "products", Kind: "service", Group: "the Service products", Target: "http://products.shop.svc:80", Expected: "allowed", Measured: "denied",
				Code: "POLICY", Detail: "The policy products lets orders not in.", Command: "kubectl -n shop describe networkpolicy products", Reason: "orders calls products", Milliseconds: 2000,
			},
			{From: "orders", To: "products", Kind: "pod", Group: "the Service products", Target: "http://10.0.0.8:8080", ToPod: "products-1", Expected: "allowed", Measured: contract.Unmeasured, Detail: "No Pod of <orders> could be asked."},
			{From: "orders", To: "clients", Kind: "service", Group: "the Service clients", Target: "http://clients.shop.svc:80", Expected: "allowed", Measured: "allowed", Same: true},
			{From: "orders", To: "orders", Kind: "pod", Group: "the Service orders", Target: "http://10.0.0.7:8080", Expected: "either", Measured: "allowed", Same: true},
			{From: "orders", To: "orders", Kind: "pod", Group: "the Service orders", Target: "http://10.0.0.6:8080", Expected: "denied", Measured: "denied", Code: "REFUSED", Same: true},
		},
	}}
}

func TestTextIsAGridThenTheCausesThenTheVerdict(t *testing.T) {
	const want = `to / from                 clients  orders
the Service orders        allowed  1 allowed, 1 denied
the probe port of orders  denied   -
the Service products      -        *DENIED, want allowed: POLICY (and 1 more)*
the Service clients       -        allowed

*orders -> products: DENIED, want allowed: POLICY (1 connection). The policy products lets orders not in.*
    kubectl -n shop describe networkpolicy products
*orders -> products: UNMEASURED, want allowed (1 connection). No Pod of <orders> could be asked.*
*7 connections in shop, measured in 3.2 s: 2 NOT as declared*
The cluster enforces NetworkPolicies: what is not declared is closed.
`
	if got := measured().Text(func(text string) string { return "*" + text + "*" }); got != want {
		t.Errorf("the text is\n%s\nwant\n%s", got, want)
	}
}

// plain marks nothing.
func plain(text string) string { return text }

func TestTextHasOneLineForEachCause(t *testing.T) {
	slow := contract.Row{Expected: "allowed", Measured: "unanswered", Code: "TIMEOUT", Detail: "products is slow.", Command: "kubectl -n shop logs"}
	round := Matrix{contract.Matrix{Namespace: "shop", Lab: "slow-peer"}}
	for i, from := range []string{"orders", "orders", "explorer"} {
		slow.From, slow.To, slow.FromPod, slow.Target = from, "products", fmt.Sprint(from, i), fmt.Sprint("http://10.0.0.", i)
		round.Rows = append(round.Rows, slow)
	}
	open := contract.Row{Expected: "denied", Measured: "allowed"}
	for _, to := range []string{"a", "b", "c", "d", "d"} {
		open.From, open.To, open.Reason = "clients", to, "No call to "+to+" is declared."
		round.Rows = append(round.Rows, open)
	}
	text := round.Text(plain)
	for _, want := range []string{
		"\nThe lab slow-peer is active.\n",
		"\norders -> products, explorer -> products: ALLOWED but no answer in time, want allowed: TIMEOUT (3 connections). products is slow.\n    kubectl -n shop logs\n",
		"\nclients -> a, clients -> b, clients -> c and 1 more: ALLOWED, want denied (5 connections).\n",
		": 8 NOT as declared\n",
	} {
		if strings.Count(text, want) != 1 {
			t.Errorf("the text is\n%s\nwant once in it\n%s", text, want)
		}
	}
}

func TestTextNamesNoLabWithoutOne(t *testing.T) {
	if text := measured().Text(plain); strings.Contains(text, "lab") {
		t.Errorf("the text is\n%s\nwant no lab in it", text)
	}
}

func TestTextStatesWhetherPoliciesAreEnforced(t *testing.T) {
	stars := func(text string) string { return "*" + text + "*" }
	for enforced, want := range map[string]string{"yes": "All is closed.", "no": "*All is closed.*", "unknown": "All is closed."} {
		round := Matrix{contract.Matrix{Namespace: "shop", Enforced: enforced, EnforcedDetail: "All is closed.", Rows: measured().Rows[:1]}}
		if got := round.Text(stars); !strings.HasSuffix(got, "1 connections in shop, measured in 0.0 s: all as declared\n"+want+"\n") {
			t.Errorf("with enforced %q the text ends\n%s\nwant %s", enforced, got, want)
		}
	}
}

func TestJUnitHasOneCaseForEachConnection(t *testing.T) {
	content, err := measured().JUnit()
	if err != nil {
		t.Fatal(err)
	}
	text := string(content)
	for _, want := range []string{
		`<?xml version="1.0" encoding="UTF-8"?>`,
		`<testsuites tests="7" failures="1" errors="1" time="3.210">`,
		`<testsuite name="connections in shop" tests="7" failures="1" errors="1" skipped="0" time="3.210" timestamp="2026-01-02T03:04:05Z">`,
		`<testcase classname="clients" name="clients-1: clients -&gt; orders, service http://orders.shop.svc:80" time="0.004"></testcase>`,
		`<failure message="DENIED, want allowed: POLICY" type="POLICY">The policy products lets orders not in.&#xA;orders calls products</failure>`,
		`<error message="UNMEASURED, want allowed">No Pod of &lt;orders&gt; could be asked.</error>`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the XML is\n%s\nwant %s in it", text, want)
		}
	}
	var read testSuites
	if err := xml.Unmarshal(content, &read); err != nil || len(read.Suites) != 1 || len(read.Suites[0].Cases) != 7 {
		t.Errorf("it is read as %+v (%v), want 7 cases", read, err)
	}
}

func TestAnAnswerWithoutConnectionsProvesNothing(t *testing.T) {
	for answer, want := range map[string]string{
		`{"data":{"rows":[]}}`: "it holds no connection",
		`<html>`:               "read the matrix: invalid character",
	} {
		if _, err := Read([]byte(answer)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives the error %v, want %s", answer, err, want)
		}
	}
}

func TestJSONKeepsAllFields(t *testing.T) {
	got, err := JSON([]byte(`{"data":{"rows":[{"from":"orders","new":1}]}}`))
	if want := "{\n  \"rows\": [\n    {\n      \"from\": \"orders\",\n      \"new\": 1\n    }\n  ]\n}\n"; err != nil || string(got) != want {
		t.Errorf("the JSON is %s (%v), want %s", got, err, want)
	}
}
