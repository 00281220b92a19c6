package policy_test

import (
	"slices"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"

	"example.com/kubernetes-networking/apps/explorer/network/networktest"
	"example.com/kubernetes-networking/apps/explorer/policy"
)

func member(name string) policy.Peer { return policy.Peer{Labels: networktest.Labels(name)} }

// without returns the policies of the demo, one of them changed like in a lab.
func without(name string, change func(*networking.NetworkPolicySpec)) []networking.NetworkPolicy {
	policies := networktest.Policies()
	at := slices.IndexFunc(policies, func(policy networking.NetworkPolicy) bool { return policy.Name == name })
	change(&policies[at].Spec)
	return policies
}

func TestTheDemosPoliciesAllowExactlyTheDeclaredCalls(t *testing.T) {
	workloads := []string{"clients", "orders", "products", "clients-database", "orders-database", "products-database", "explorer"}
	open := []string{
		"clients > orders:8080", "clients > clients-database:5432", "clients > explorer:4318",
		"orders > clients:8080", "orders > products:8080", "orders > orders-database:5432", "orders > explorer:4318",
		"products > products-database:5432", "products > explorer:4318",
		"explorer > clients:8080", "explorer > orders:8080", "explorer > products:8080",
		"explorer > clients:8082", "explorer > orders:8082", "explorer > products:8082",
	}
	ports := map[string]int32{"8080": 8080, "8082": 8082, "5432": 5432, "4318": 4318}
	for _, from := range workloads {
		for _, to := range workloads {
			for text, port := range ports {
				flow := from + " > " + to + ":" + text
				finding := policy.Check(networktest.Policies(), networktest.Namespace, member(from), member(to), core.ProtocolTCP, port)
				if want := slices.Contains(open, flow); finding.Allowed != want {
					t.Errorf("%s is %s, want open: %v", flow, words(finding), want)
				}
			}
		}
	}
}

func TestTheFindingNamesTheWorkloadsOwnPolicy(t *testing.T) {
	demo, outside := networktest.Policies(), policy.Peer{IP: "192.0.2.7", External: true}
	for flow, test := range map[string]struct {
		finding policy.Finding
		want    string
	}{
		"products makes no calls":             {policy.Check(demo, "demo", member("products"), member("orders"), core.ProtocolTCP, 8080), "egress: default-deny products"},
		"an unknown Pod may not connect":      {policy.Check(demo, "demo", policy.Peer{}, member("orders"), core.ProtocolTCP, 8080), "egress: default-deny"},
		"databases are closed":                {policy.Check(demo, "demo", outside, member("orders-database"), core.ProtocolTCP, 5432), "ingress: default-deny orders-database"},
		"services are public":                 {policy.Check(demo, "demo", outside, member("orders"), core.ProtocolTCP, 8080), "open"},
		"only the explorer may measure":       {policy.Check(demo, "demo", outside, member("orders"), core.ProtocolTCP, 8082), "ingress: default-deny orders"},
		"the explorer reads the API":          {policy.Check(demo, "demo", member("explorer"), policy.Peer{IP: "192.0.2.1", External: true}, core.ProtocolTCP, 6443), "open"},
		"Pods of other namespaces are denied": {policy.Check(demo, "demo", policy.Peer{Namespace: "far", IP: "10.244.1.1", Labels: networktest.Labels("orders")}, member("products"), core.ProtocolTCP, 8080), "ingress: default-deny products"},
	} {
		if got := words(test.finding); got != test.want {
			t.Errorf("%s: %s, want %s", flow, got, test.want)
		}
	}
}

func TestTheLabsThatChangePoliciesAreFound(t *testing.T) {
	denyCall := without("products", func(spec *networking.NetworkPolicySpec) { spec.Ingress = nil })
	finding := policy.Check(denyCall, networktest.Namespace, member("orders"), member("products"), core.ProtocolTCP, 8080)
	if got, want := words(finding), "ingress: default-deny products"; got != want {
		t.Errorf("with the lab deny-call it is %s, want %s", got, want)
	}
	denyDNS := without("orders", func(spec *networking.NetworkPolicySpec) { spec.Egress = spec.Egress[:len(spec.Egress)-1] })
	if got, want := words(policy.CheckDNS(denyDNS, networktest.Namespace, member("orders"))), "egress: default-deny orders"; got != want {
		t.Errorf("with the lab deny-dns it is %s, want %s", got, want)
	}
}

func TestCallersMaySendDNSQueries(t *testing.T) {
	for _, name := range []string{"clients", "orders", "products", "explorer", "orders-database"} {
		finding := policy.CheckDNS(networktest.Policies(), networktest.Namespace, member(name))
		if want := !strings.HasSuffix(name, "-database"); finding.Allowed != want {
			t.Errorf("%s and DNS: %s, want open: %v", name, words(finding), want)
		}
	}
	if finding := policy.CheckDNS(nil, networktest.Namespace, member("orders")); !finding.Allowed {
		t.Errorf("without policies DNS is %s", words(finding))
	}
}
