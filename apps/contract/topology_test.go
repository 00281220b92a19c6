package contract_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/contract"
)

// topologyText is the topology of a demo with one call.
const topologyText = `{"nodes":[
	{"name":"orders","kind":"service","workload":"orders","url":"http://orders.shop.svc:80","podPort":8080},
	{"name":"orders-database","kind":"database","workload":"orders-database","url":"postgresql://orders-database.shop.svc:5432","podPort":5432,"owner":"orders"}
],"calls":[{"from":"orders","to":"orders-database","variable":"DATABASE_HOST"}]}`

func TestATopologyIsReadCompletely(t *testing.T) {
	got, err := contract.ParseTopology(topologyText)
	if err != nil {
		t.Fatal(err)
	}
	orders := contract.Node{Name: "orders", Kind: contract.ServiceNode, Workload: "orders", URL: "http://orders.shop.svc:80", PodPort: 8080}
	database := contract.Node{
		Name: "orders-database", Kind: contract.DatabaseNode, Workload: "orders-database",
		URL: "postgresql://orders-database.shop.svc:5432", PodPort: 5432, Owner: "orders",
	}
	want := contract.Topology{
		Nodes: []contract.Node{orders, database},
		Calls: []contract.Call{{From: "orders", To: "orders-database", Variable: "DATABASE_HOST"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if node, found := got.Node("orders-database"); node != database || !found {
		t.Errorf("got the node %+v, %t; want %+v", node, found, database)
	}
	if node, found := got.Node("clients"); found {
		t.Errorf("got the node %+v, want none", node)
	}
	if !got.Declared("orders", "orders-database") || got.Declared("orders-database", "orders") {
		t.Error("a call is declared in the direction of the callee only")
	}
}

func TestAnInconsistentTopologyIsExplained(t *testing.T) {
	for name, test := range map[string]struct{ change, to, want string }{
		"no JSON":        {topologyText, "orders", "read the topology: invalid character 'o' looking for beginning of value"},
		"a typo":         {`"podPort"`, `"port"`, `read the topology: json: unknown field "port"`},
		"two documents":  {`"DATABASE_HOST"}]}`, `"DATABASE_HOST"}]}{}`, "read the topology: data after the end"},
		"unknown kind":   {`"service"`, `"queue"`, `node "orders" has the kind "queue", want one of ["service" "database" "explorer" "collector" "external"]`},
		"no target":      {"http://orders.shop.svc:80", "orders:80", `node "orders": "orders:80" must be http, postgresql or tcp with a host and a port, such as http://orders.shop.svc:80`},
		"the same twice": {`"name":"orders-database"`, `"name":"orders"`, `node "orders" is declared twice`},
		"unknown caller": {`"from":"orders"`, `"from":"nobody"`, `the call from "nobody" to "orders-database" has an end that is not a node`},
		"unknown callee": {`"to":"orders-database"`, `"to":"nobody"`, `the call from "orders" to "nobody" has an end that is not a node`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := contract.ParseTopology(strings.ReplaceAll(topologyText, test.change, test.to))
			if err == nil || err.Error() != test.want {
				t.Errorf("got %+v, %v\nwant %s", got, err, test.want)
			}
		})
	}
}

func explorerEnvironment() map[string]string {
	return map[string]string{
		"PORT": "8080", "NAMESPACE": "shop", "PROBE_URL": "http://localhost:8081", "API_SERVER_URL": "https://kubernetes.default.svc",
		"CLIENTS_URL": "http://clients.shop.svc", "ORDERS_URL": "http://orders.shop.svc", "PRODUCTS_URL": "http://products.shop.svc",
		"TRACES_PORT": "4318", "PROBE_PORT": "8082", "TOPOLOGY": topologyText,
	}
}

func TestThereAreEightLabs(t *testing.T) {
	if labs := contract.Labs(); len(slices.Compact(slices.Sorted(slices.Values(labs)))) != 8 {
		t.Errorf("got the labs %q, want 8 different ones", labs)
	}
}

func TestAnExplorerWithoutATopologyDoesNotStart(t *testing.T) {
	for _, text := range []string{"", "{}}", `{"nodes":[]`} {
		environ := explorerEnvironment()
		environ["TOPOLOGY"] = text
		if _, err := contract.Load[contract.Explorer[string]](environ); err == nil || !strings.HasSuffix(err.Error(), "set it to the JSON of the declared nodes and calls") {
			t.Errorf("the topology %q: got %v, want what to set it to", text, err)
		}
	}
}

func TestADelayMustBeShorterThanTheWriteTimeout(t *testing.T) {
	environ := goodEnvironment()
	for delay, good := range map[string]bool{
		"": true, "1ms": true, "5s": true, "10s": true, "10.001s": false, "999us": false, "-5s": false, "0s": false, "5": false, "slow": false,
	} {
		environ["RESPONSE_DELAY"] = delay
		config, err := contract.Load[contract.Products[string]](environ)
		switch {
		case good && (err != nil || config.ResponseDelay != delay):
			t.Errorf("the delay %q was read as %q, %v", delay, config.ResponseDelay, err)
		case !good && (err == nil || !strings.HasSuffix(err.Error(), "set it to a duration from 1ms to 10s, such as 5s")):
			t.Errorf("the delay %q: got %v, want what to set it to", delay, err)
		}
	}
}
