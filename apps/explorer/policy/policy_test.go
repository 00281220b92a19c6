package policy_test

import (
	"maps"
	"slices"
	"testing"
)

const (
	denyIngress = "podSelector: {}, policyTypes: [Ingress]"
	denyEgress  = "podSelector: {}, policyTypes: [Egress]"
	fromClients = "podSelector: {matchLabels: {app: server}}, ingress: [{from: [{podSelector: {matchLabels: {app: client}}}]}]"
)

// The cases are those of the end-to-end test of the cluster, as far as they depend on policies alone.
func TestPoliciesAllowOrDenyConnections(t *testing.T) {
	for _, test := range []struct {
		name     string
		policies []string
		want     map[string]string
	}{
		{"no policy: everything is open", nil, map[string]string{
			"client > server:8080": "open", "outside > server:8080": "open", "client > outside:443": "open",
		}},
		{"deny all ingress", []string{denyIngress}, map[string]string{
			"client > server:8080": "ingress: a", "far-client > server:8080": "ingress: a", "outside > server:8080": "ingress: a",
			"client > far-server:8080": "open", "client > outside:443": "open",
		}},
		{"deny all egress", []string{denyEgress}, map[string]string{
			"client > server:8080": "egress: a", "client > outside:443": "egress: a", "client > far-server:8080": "egress: a",
			"far-client > server:8080": "open", "outside > server:8080": "open",
		}},
		{"egress is checked first", []string{denyIngress, denyEgress}, map[string]string{
			"client > server:8080": "egress: b", "outside > server:8080": "ingress: a",
		}},
		{"policies do not separate a Pod from itself", []string{denyIngress, denyEgress}, map[string]string{
			"client > client:8080": "open", "new > new:8080": "egress: b", "outside > outside:443": "open",
		}},
		{"without policyTypes a policy applies to ingress", []string{"podSelector: {}"}, map[string]string{
			"client > server:8080": "ingress: a", "client > outside:443": "open",
		}},
		{"without policyTypes an egress rule makes it apply to egress, too", []string{"podSelector: {matchLabels: {app: client}}, egress: [{ports: [{port: 8080}]}]"}, map[string]string{
			"client > server:8080": "open", "client > server:8181": "egress: a", "server > client:8080": "ingress: a",
		}},
		{"rules of a direction that is not in policyTypes are ignored", []string{"podSelector: {}, policyTypes: [Ingress], egress: [{ports: [{port: 1}]}], ingress: [{}]"}, map[string]string{
			"client > server:8080": "open",
		}},
		{"an empty rule opens everything", []string{denyIngress, "podSelector: {matchLabels: {app: server}}, ingress: [{}]"}, map[string]string{
			"client > server:8080": "open", "outside > server:53/udp": "open", "server > client:8080": "ingress: a",
		}},
		{"empty lists of peers and ports match everything, like missing ones", []string{"podSelector: {}, ingress: [{from: [], ports: []}]"}, map[string]string{
			"outside > server:8080": "open",
		}},
		{"ingress by podSelector: from this namespace only", []string{fromClients}, map[string]string{
			"client > server:8080": "open", "new > server:8080": "open", "stranger > server:8080": "ingress: a", "far-client > server:8080": "ingress: a",
			"outside > server:8080": "ingress: a", "client > stranger:8080": "open",
		}},
		{"an empty podSelector is every Pod of this namespace", []string{"podSelector: {}, ingress: [{from: [{podSelector: {}}]}]"}, map[string]string{
			"stranger > server:8080": "open", "far-client > server:8080": "ingress: a", "outside > server:8080": "ingress: a",
		}},
		{"ingress by namespaceSelector", []string{"podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: far}}}]}]"}, map[string]string{
			"far-client > server:8080": "open", "client > server:8080": "ingress: a", "outside > server:8080": "ingress: a",
		}},
		{"an empty namespaceSelector is every Pod of the cluster", []string{"podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]"}, map[string]string{
			"far-client > server:8080": "open", "client > server:8080": "open", "outside > server:8080": "ingress: a",
		}},
		{"both selectors in one peer: both have to match", []string{"podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: far}}, podSelector: {matchLabels: {app: client}}}]}]"}, map[string]string{
			"far-client > server:8080": "open", "far-server > server:8080": "ingress: a", "client > server:8080": "ingress: a",
		}},
		{"both selectors in two peers: one is enough", []string{"podSelector: {matchLabels: {app: server}}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: far}}}, {podSelector: {matchLabels: {app: client}}}]}]"}, map[string]string{
			"far-server > server:8080": "open", "client > server:8080": "open", "stranger > server:8080": "ingress: a",
		}},
		{"selectors by expression", []string{"podSelector: {matchExpressions: [{key: app, operator: In, values: [server, other]}]}, ingress: [{from: [{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [stranger]}]}}]}]"}, map[string]string{
			"client > server:8080": "open", "stranger > server:8080": "ingress: a", "stranger > client:8080": "open",
		}},
		{"ports by number and protocol, which defaults to TCP", []string{"podSelector: {matchLabels: {app: server}}, ingress: [{ports: [{port: 8080}, {port: 5353, protocol: UDP}, {protocol: SCTP}]}]"}, map[string]string{
			"client > server:8080": "open", "client > server:8080/tcp": "open", "client > server:5353/udp": "open", "client > server:9/sctp": "open",
			"client > server:8080/udp": "ingress: a", "client > server:5353": "ingress: a", "client > server:8181": "ingress: a",
		}},
		{"a range of ports includes both ends", []string{"podSelector: {matchLabels: {app: server}}, ingress: [{ports: [{port: 8080, endPort: 8181}]}]"}, map[string]string{
			"client > server:8080": "open", "client > server:8100": "open", "client > server:8181": "open",
			"client > server:8079": "ingress: a", "client > server:8182": "ingress: a",
		}},
		{"a named port is a port of the destination Pod", []string{"podSelector: {matchLabels: {app: server}}, ingress: [{ports: [{port: http}]}]", "podSelector: {matchLabels: {app: client}}, policyTypes: [Egress], egress: [{ports: [{port: http}]}]"}, map[string]string{
			"client > server:8080": "open", "stranger > server:8181": "ingress: a", "client > server:8181": "egress: b", "client > stranger:8080": "egress: b",
		}},
		{"ipBlock with an exception", []string{"podSelector: {matchLabels: {app: server}}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.244.0.0/24, 192.0.3.0/24]}}]}]"}, map[string]string{
			"outside > server:8080": "open", "far-client > server:8080": "open", "client > server:8080": "ingress: a", "new > server:8080": "ingress: a",
		}},
		{"egress by ipBlock", []string{"podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 192.0.2.0/28}}]}]"}, map[string]string{
			"client > outside:443": "open", "client > server:8080": "egress: a",
		}},
		{"policies add up", []string{fromClients, denyIngress, "podSelector: {matchLabels: {app: server}}, ingress: [{ports: [{port: 8181}]}]"}, map[string]string{
			"client > server:8080": "open", "outside > server:8181": "open", "stranger > server:8080": "ingress: a b c", "stranger > client:8080": "ingress: b",
		}},
		{"a call needs both ends", []string{denyIngress, denyEgress, fromClients, "podSelector: {matchLabels: {app: client}}, policyTypes: [Egress], egress: [{to: [{podSelector: {matchLabels: {app: server}}}]}]"}, map[string]string{
			"client > server:8080": "open", "client > stranger:8080": "egress: b d", "stranger > server:8080": "egress: b", "far-client > server:8080": "ingress: a c",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			policies := read(t, test.policies...)
			slices.Reverse(policies) // the names of a finding are sorted, whatever the order of the policies
			for _, flow := range slices.Sorted(maps.Keys(test.want)) {
				if got := check(t, policies, flow); got != test.want[flow] {
					t.Errorf("%s is %s, want %s", flow, got, test.want[flow])
				}
			}
		})
	}
}
