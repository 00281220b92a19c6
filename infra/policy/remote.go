package policy

import (
	"net/netip"
	"slices"
	"strings"

	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	networkingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/networking/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/apps/contract"
)

// nameOfNamespace is a label that the API server gives to every namespace.
const nameOfNamespace = "kubernetes.io/metadata.name"

// Host is a server outside of the stack's namespace. If it is a Service of this cluster, it is called by its name, and its
// Pods have to listen on the Service's port: policies see the address and the port of the Pod.
type Host struct {
	// Name is a DNS name or an address.
	Name string
	Port int
	// Scheme says what is expected there: postgresql, or tcp for what is only connected to.
	Scheme string
}

// Target is what is measured of it.
func (h Host) Target() string { return target(h.Scheme, h.Name, h.Port) }

func (h Host) node() pulumi.Output { return external(h.Name, h.Target()) }

func (h Host) name() (pulumi.StringInput, pulumi.IntInput) {
	return pulumi.String(h.Name), pulumi.Int(h.Port)
}

// egress opens as little as a NetworkPolicy can say, which knows no DNS names: one address; the namespace of a Service
// in this cluster; or all addresses that are no Pod's.
func (h Host) egress(n *Network) networkingv1.NetworkPolicyEgressRuleInput {
	peer := n.outside()
	if address, err := netip.ParseAddr(h.Name); err == nil {
		peer = networkingv1.NetworkPolicyPeerArgs{IpBlock: networkingv1.IPBlockArgs{Cidr: pulumi.String(single(address))}}
	} else if namespace, found := namespaceOf(h.Name); found {
		peer = networkingv1.NetworkPolicyPeerArgs{NamespaceSelector: metav1.LabelSelectorArgs{
			MatchLabels: pulumi.StringMap{nameOfNamespace: pulumi.String(namespace)},
		}}
	}
	return networkingv1.NetworkPolicyEgressRuleArgs{To: networkingv1.NetworkPolicyPeerArray{peer}, Ports: tcp(h.Port)}
}

// namespaceOf is the namespace in the DNS name of a Service, <service>.<namespace>.svc, or of a Pod behind one,
// <pod>.<service>.<namespace>.svc, each with or without the cluster's domain, which has two labels or more.
func namespaceOf(name string) (string, bool) {
	labels := strings.Split(strings.TrimSuffix(name, "."), ".")
	for at := 2; at <= min(3, len(labels)-1); at++ {
		if domain := labels[at+1:]; labels[at] == "svc" && len(domain) != 1 {
			return labels[at-1], true
		}
	}
	return "", false
}

// APIServer is the cluster's own API, which Pods reach through the Service kubernetes of the namespace default.
type APIServer struct {
	// Endpoints are []netip.AddrPort: where that Service leads to.
	Endpoints pulumi.Output
}

// apiServerPort is that of the Service behind contract.APIServerHost.
const apiServerPort = 443

// URL is where Pods reach the API.
func (APIServer) URL() string { return "https://" + contract.APIServerHost }

// Target is what is measured of it.
func (APIServer) Target() string { return target("tcp", contract.APIServerHost, apiServerPort) }

func (s APIServer) node() pulumi.Output { return external(contract.APIServerHost, s.Target()) }

func target(scheme, host string, port int) string {
	return contract.Target{Scheme: scheme, Host: host, Port: uint16(port)}.String()
}

func external(host, url string) pulumi.Output {
	return pulumi.ToOutput(contract.Node{Name: host, Kind: contract.ExternalNode, URL: url})
}

func (APIServer) name() (pulumi.StringInput, pulumi.IntInput) {
	return pulumi.String(contract.APIServerHost), pulumi.Int(apiServerPort)
}

func (s APIServer) egress(*Network) networkingv1.NetworkPolicyEgressRuleInput {
	return s.Endpoints.ApplyT(func(endpoints any) networkingv1.NetworkPolicyEgressRule {
		var rule networkingv1.NetworkPolicyEgressRule
		tcp, ports := "TCP", map[uint16]bool{}
		// In the order of their addresses, whatever order the API lists them in: it is no change.
		for _, endpoint := range slices.SortedFunc(slices.Values(endpoints.([]netip.AddrPort)), netip.AddrPort.Compare) {
			rule.To = append(rule.To, networkingv1.NetworkPolicyPeer{IpBlock: &networkingv1.IPBlock{Cidr: single(endpoint.Addr())}})
			if !ports[endpoint.Port()] {
				ports[endpoint.Port()] = true
				rule.Ports = append(rule.Ports, networkingv1.NetworkPolicyPort{Protocol: &tcp, Port: int(endpoint.Port())})
			}
		}
		return rule
	}).(networkingv1.NetworkPolicyEgressRuleOutput)
}

// single is the CIDR of one address.
func single(address netip.Addr) string { return netip.PrefixFrom(address, address.BitLen()).String() }

// outside is every address that is no Pod's, as far as that is known.
func (n *Network) outside() networkingv1.NetworkPolicyPeerArgs {
	block := networkingv1.IPBlockArgs{Cidr: pulumi.String("0.0.0.0/0")}
	if n.PodNetwork != "" {
		block.Except = pulumi.StringArray{pulumi.String(n.PodNetwork)}
	}
	return networkingv1.NetworkPolicyPeerArgs{IpBlock: block}
}

// dns lets names be resolved, and nothing else in that namespace be reached. CoreDNS has the label of kube-dns, which came
// before it, wherever it is installed as Kubernetes' own manifests do.
func (n *Network) dns() networkingv1.NetworkPolicyEgressRuleArgs {
	to := networkingv1.NetworkPolicyPeerArray{networkingv1.NetworkPolicyPeerArgs{
		NamespaceSelector: metav1.LabelSelectorArgs{MatchLabels: pulumi.StringMap{nameOfNamespace: pulumi.String("kube-system")}},
		PodSelector:       metav1.LabelSelectorArgs{MatchLabels: pulumi.StringMap{"k8s-app": pulumi.String("kube-dns")}},
	}}
	if n.DNSAddress != "" {
		to = append(to, networkingv1.NetworkPolicyPeerArgs{IpBlock: networkingv1.IPBlockArgs{Cidr: pulumi.String(n.DNSAddress + "/32")}})
	}
	return networkingv1.NetworkPolicyEgressRuleArgs{
		To: to, Ports: networkingv1.NetworkPolicyPortArray{protocolPort("UDP", 53), protocolPort("TCP", 53)},
	}
}
