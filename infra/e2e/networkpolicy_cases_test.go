//go:build e2e

package e2e

// policyCases are policies of the namespace near, and the connections that they allow and deny. All of these are open
// without policies. IP(name) stands for an address.
var policyCases = []struct {
	name         string
	policies     []string
	open, denied []string
}{
	{
		name:     "deny all ingress except the probes of the Pod's node",
		policies: []string{denyIngress},
		open:     []string{"client > far-server:8080", "client > kube-dns:53/udp"},
		denied:   []string{"client > server:8080", "client > service:80", "far-client > server:8080", "far-client > service:80", "client > server:5353/udp"},
	},
	{
		name:     "ingress by podSelector: from this namespace only",
		policies: []string{fromClients},
		open:     []string{"client > server:8080", "client > service:80", "client > stranger:8080", "stranger > client:8080", "client > server:5353/udp"},
		denied:   []string{"stranger > server:8080", "stranger > service:80", "far-client > server:8080"},
	},
	{
		name:     "ingress by namespaceSelector",
		policies: []string{"podSelector: {matchLabels: {app: server}}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: far}}}]}]"},
		open:     []string{"far-client > server:8080", "far-server > server:8080", "far-client > service:80"},
		denied:   []string{"client > server:8080", "client > service:80"},
	},
	{
		name:     "ingress by both in one peer: both must match",
		policies: []string{"podSelector: {matchLabels: {app: server}}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: far}}, podSelector: {matchLabels: {app: client}}}]}]"},
		open:     []string{"far-client > server:8080", "far-client > service:80"},
		denied:   []string{"far-server > server:8080", "client > server:8080"},
	},
	{
		name:     "ingress by both in two peers: one is enough",
		policies: []string{"podSelector: {matchLabels: {app: server}}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: far}}}, {podSelector: {matchLabels: {app: client}}}]}]"},
		open:     []string{"far-client > server:8080", "far-server > server:8080", "client > server:8080"},
		denied:   []string{"stranger > server:8080"},
	},
	{
		name:     "ingress by port number and protocol; the port is the Pod's, not the Service's",
		policies: []string{"podSelector: {matchLabels: {app: server}}, ingress: [{ports: [{port: 8080}, {port: 5353, protocol: UDP}]}]"},
		open:     []string{"client > server:8080", "far-client > server:8080", "client > service:80", "client > server:5353/udp"},
		denied:   []string{"client > server:8181", "client > server:5353"},
	},
	{
		name:     "ingress by port name",
		policies: []string{"podSelector: {matchLabels: {app: server}}, ingress: [{from: [{podSelector: {matchLabels: {app: client}}}], ports: [{port: http}]}]"},
		open:     []string{"client > server:8080", "client > service:80"},
		denied:   []string{"client > server:8181", "stranger > server:8080"},
	},
	{
		name:     "ingress by ipBlock with an exception",
		policies: []string{"podSelector: {matchLabels: {app: server}}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0, except: [IP(client)/32]}}]}]"},
		open:     []string{"stranger > server:8080", "far-client > service:80", "api-server > server:8080"},
		denied:   []string{"client > server:8080", "client > service:80"},
	},
	{
		name:     "several policies add up",
		policies: []string{denyIngress, fromClients, "podSelector: {matchLabels: {app: server}}, ingress: [{ports: [{port: 8181}]}]"},
		open:     []string{"client > server:8080", "client > server:8181", "stranger > server:8181", "far-client > server:8181"},
		denied:   []string{"stranger > server:8080", "far-client > server:8080", "stranger > client:8080"},
	},
	{
		name:     "deny all egress",
		policies: []string{denyEgress},
		open:     []string{"far-client > client:8080", "far-client > service:80", "api-server > client:8080"},
		denied: []string{
			"client > server:8080", "client > service:80", "client > far-server:8080", "client > kubernetes:443", "client > kube-dns:53",
			"client > kube-dns:53/udp",
		},
	},
	{
		name:     "egress by podSelector and port, through the Service as well",
		policies: []string{denyEgress, "podSelector: {matchLabels: {app: client}}, policyTypes: [Egress], egress: [{to: [{podSelector: {matchLabels: {app: server}}}], ports: [{port: 8080}]}]"},
		open:     []string{"client > server:8080", "client > service:80"},
		denied:   []string{"client > server:8181", "client > stranger:8080", "client > far-server:8080", "stranger > server:8080"},
	},
	{
		name:     "egress by namespaceSelector",
		policies: []string{"podSelector: {}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: far}}}]}]"},
		open:     []string{"client > far-server:8080", "client > far-client:8181"},
		denied:   []string{"client > server:8080", "client > service:80"},
	},
	{
		name:     "egress by port",
		policies: []string{"podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: 8080}]}]"},
		open:     []string{"client > server:8080", "client > service:80", "client > far-server:8080"},
		denied:   []string{"client > server:8181", "client > kubernetes:443"},
	},
	{
		name:     "egress by ipBlock with an exception",
		policies: []string{"podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [IP(server)/32]}}]}]"},
		open:     []string{"client > stranger:8080", "client > far-server:8080", "client > kubernetes:443"},
		denied:   []string{"client > server:8080", "client > service:80"},
	},
	{
		name: "egress to a Service's port or ClusterIP opens nothing",
		policies: []string{"podSelector: {}, policyTypes: [Egress], egress: [{to: [{podSelector: {matchLabels: {app: server}}}], ports: [{port: 80}]}, " +
			"{to: [{ipBlock: {cidr: IP(service)/32}}, {ipBlock: {cidr: IP(kubernetes)/32}}]}]"},
		denied: []string{"client > service:80", "client > server:8080", "client > kubernetes:443"},
	},
	{
		name:     "egress to the API server, by the address behind its ClusterIP",
		policies: []string{"podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: IP(api-server)/32}}], ports: [{port: 16443}]}]"},
		open:     []string{"client > kubernetes:443"},
		denied:   []string{"client > server:8080"},
	},
	{
		name: "egress to cluster DNS only",
		policies: []string{"podSelector: {}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}, " +
			"podSelector: {matchLabels: {k8s-app: kube-dns}}}], ports: [{port: 53, protocol: UDP}, {port: 53}]}]"},
		open:   []string{"client > kube-dns:53", "client > kube-dns:53/udp"},
		denied: []string{"client > kube-dns:9153", "client > kubernetes:443", "client > server:8080", "client > server:5353/udp"},
	},
	{
		name: "a call between two otherwise denied Pods needs a policy at both ends",
		policies: []string{
			denyIngress, denyEgress,
			"podSelector: {matchLabels: {app: server}}, ingress: [{from: [{podSelector: {matchLabels: {app: client}}}], ports: [{port: 8080}]}]",
			"podSelector: {matchLabels: {app: client}}, policyTypes: [Egress], egress: [{to: [{podSelector: {matchLabels: {app: server}}}], ports: [{port: 8080}]}]",
		},
		open:   []string{"client > server:8080", "client > service:80"},
		denied: []string{"client > server:8181", "client > stranger:8080", "stranger > server:8080", "server > client:8080", "far-client > server:8080"},
	},
}
