package main

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/infra/env"
	"example.com/kubernetes-networking/infra/topology"
)

// opened returns a policy's rules in words: named("from {orders} 8080") or named("to {orders-database} 5432").
func opened(t *testing.T, engine *recorder, name string) []string {
	t.Helper()
	spec := at(t, engine.inputs(t, policyType, name), "spec")
	if got, want := at(t, spec, "policyTypes"), []any{"Ingress", "Egress"}; !reflect.DeepEqual(got, want) {
		t.Errorf("the policy %s is about %v, want both directions", name, got)
	}
	var words []string
	for _, direction := range []struct{ rules, peers, word string }{{"ingress", "from", "from"}, {"egress", "to", "to"}} {
		rules, _ := at(t, spec, direction.rules).([]any)
		for _, rule := range rules {
			var ports []string
			for _, port := range at(t, rule, "ports").([]any) {
				ports = append(ports, strings.TrimPrefix(fmt.Sprintf("%v/%v", at(t, port, "protocol"), at(t, port, "port")), "TCP/"))
			}
			for _, peer := range at(t, rule, direction.peers).([]any) {
				words = append(words, direction.word+" "+peerInWords(t, peer)+" "+strings.Join(ports, ","))
			}
		}
	}
	return words
}

func peerInWords(t *testing.T, peer any) string {
	t.Helper()
	if block := at(t, peer, "ipBlock"); block != nil {
		if except := at(t, block, "except"); except != nil {
			return fmt.Sprintf("%v except %v", at(t, block, "cidr"), except)
		}
		return fmt.Sprint(at(t, block, "cidr"))
	}
	var words []string
	if labels, found := at(t, peer, "namespaceSelector", "matchLabels").(map[string]any); found {
		words = append(words, "namespace", fmt.Sprint(labels["kubernetes.io/metadata.name"]))
	}
	if labels, found := at(t, peer, "podSelector", "matchLabels").(map[string]any); found {
		for _, key := range []string{"app.kubernetes.io/name", "k8s-app"} {
			if name, found := labels[key]; found {
				words = append(words, fmt.Sprint(name))
			}
		}
	}
	return strings.Join(words, " ")
}

const (
	outside = "0.0.0.0/0 except [10.244.0.0/16]"
	toDNS   = "to namespace kube-system kube-dns UDP/53,53"
)

func TestPoliciesOpenExactlyTheDeclaredCalls(t *testing.T) {
	stack := testStack()
	stack.OTLPEndpoint = ""
	engine := &recorder{}
	if _, err := declare(t, engine, stack, testBuilder{}); err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{
		"default-deny": nil,
		names.clients: {
			"from {orders} 8080", "from {explorer} 8080", "from " + outside + " 8080", "from {explorer} 8082",
			"to {orders} 8080", "to {clients-database} 5432", "to {explorer} 4318", toDNS,
		},
		names.orders: {
			"from {clients} 8080", "from {explorer} 8080", "from " + outside + " 8080", "from {explorer} 8082",
			"to {clients} 8080", "to {products} 8080", "to {orders-database} 5432", "to {explorer} 4318", toDNS,
		},
		names.products: {
			"from {orders} 8080", "from {explorer} 8080", "from " + outside + " 8080", "from {explorer} 8082",
			"to {products-database} 5432", "to {explorer} 4318", toDNS,
		},
		names.explorer: {
			"from " + outside + " 8080", "from {clients} 4318", "from {orders} 4318", "from {products} 4318",
			"to 192.0.2.1/32 6443", "to 192.0.2.2/32 6443", "to {clients} 8080", "to {orders} 8080", "to {products} 8080",
			"to {clients} 8082", "to {orders} 8082", "to {products} 8082", toDNS,
		},
		names.clientsDatabase:  {"from {clients} 5432"},
		names.ordersDatabase:   {"from {orders} 5432"},
		names.productsDatabase: {"from {products} 5432"},
	}
	for name, rules := range want {
		rules = allNamed(rules)
		if got := opened(t, engine, name); !slices.Equal(got, rules) {
			t.Errorf("the policy %s opens\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(rules, "\n"))
		}
		selector, _ := at(t, engine.inputs(t, policyType, name), "spec", "podSelector", "matchLabels").(map[string]any)
		wantSelector := map[string]any{"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "kubernetes-networking"}
		if name == "default-deny" {
			wantSelector = nil // every Pod
		}
		if !maps.Equal(selector, wantSelector) {
			t.Errorf("the policy %s is for %v, want %v", name, selector, wantSelector)
		}
	}
	if got := len(engine.declared[policyType]); got != len(want) {
		t.Errorf("%d policies, want %d", got, len(want))
	}
}

func TestServicesThatAreNotPublicAreClosedToTheOutside(t *testing.T) {
	stack := testStack()
	stack.ServiceType = "ClusterIP"
	engine := &recorder{}
	outputs, err := declare(t, engine, stack, testBuilder{})
	if err != nil {
		t.Fatal(err)
	}
	for name := range engine.declared[policyType] {
		for _, rule := range opened(t, engine, name) {
			if strings.HasPrefix(rule, "from 0.0.0.0/0") {
				t.Errorf("the policy %s opens %s", name, rule)
			}
		}
	}
	if open, found := outputs["calls"].(map[string]any)["outside"]; found {
		t.Errorf("the outputs name calls from outside: %v", open)
	}
}

func TestNetworkIsOpenedAsTheClusterNeedsIt(t *testing.T) {
	stack := testStack()
	stack.PodNetwork, stack.DNSAddress = "", "169.254.20.10"
	engine := &recorder{}
	if _, err := declare(t, engine, stack, testBuilder{}); err != nil {
		t.Fatal(err)
	}
	got := opened(t, engine, names.products)
	for _, want := range []string{"from 0.0.0.0/0 8080", toDNS, "to 169.254.20.10/32 UDP/53,53"} {
		if !slices.Contains(got, want) {
			t.Errorf("the policy opens\n%s\nwant %s among it", strings.Join(got, "\n"), want)
		}
	}
	if got := opened(t, engine, names.productsDatabase); !slices.Equal(got, []string{named("from {products} 5432")}) {
		t.Errorf("the policy of the database opens %q, want its owner alone", got)
	}
}

func TestTracesAreLetOutToTheirCollectorAlone(t *testing.T) {
	for endpoint, want := range map[string]string{
		"http://192.0.2.7:4318":                                 "to 192.0.2.7/32 4318",
		"http://collector.observability.svc:4318":               "to namespace observability 4318",
		"https://collector.observability.svc.cluster.local./v1": "to namespace observability 443",
		"https://otlp.example.com":                              "to " + outside + " 443",
		"http://otlp-0.otlp.observability.svc:4318":             "to namespace observability 4318",
		"http://a.b.svc.com:4318":                               "to " + outside + " 4318",
		"http://[2001:db8::7]:4318":                             "to 2001:db8::7/128 4318",
	} {
		stack := testStack()
		stack.OTLPEndpoint = endpoint
		engine := &recorder{}
		if _, err := declare(t, engine, stack, testBuilder{}); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{names.clients, names.orders, names.products} {
			if got := opened(t, engine, name); !slices.Contains(got, want) {
				t.Errorf("with otlpEndpoint %s the policy %s opens\n%s\nwant %s among it", endpoint, name, strings.Join(got, "\n"), want)
			}
		}
		if got := opened(t, engine, names.explorer); slices.Contains(got, want) {
			t.Errorf("with otlpEndpoint %s the explorer is let out to the collector, which it does not call", endpoint)
		}
	}
}

func TestDatabaseIsRefusedToAnyOtherService(t *testing.T) {
	engine := &recorder{}
	err := runWith(t, engine, testStack(), testBuilder{}, func(d *Demo) error {
		clients, orders := d.service(names.clients), d.service(names.orders)
		owned := d.database(names.clientsDatabase, clients, nil)
		_, err := topology.Of(d.workloads(), orders.Calls(contract.Orders[env.Value]{Database: owned.Connection()}))
		return err
	})
	want := named("{orders} calls {clients-database}, which belongs to {clients} alone: give each service a database of its own")
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error is %v, want %s", err, want)
	}
}
