package networkpolicy

import (
	"net/netip"
	"slices"
	"strings"

	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	networkingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/networking/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/infra/topology"
)

// nameOfNamespace is a label that the API server sets on every namespace.
const nameOfNamespace = "kubernetes.io/metadata.name"

// to returns the rule that allows connections to a peer.
func (a Args) to(peer topology.Peer) networkingv1.NetworkPolicyEgressRuleInput {
	switch peer := peer.(type) {
	case *topology.Workload:
		return toPods(peer, peer.Port)
	case topology.APIServer:
		return toAPIServer(peer)
	case topology.Host:
		return a.toHost(peer)
	}
	return nil
}

// toPods returns the rule that allows connections to one port of the workload's Pods.
func toPods(w *topology.Workload, port int) networkingv1.NetworkPolicyEgressRuleInput {
	return networkingv1.NetworkPolicyEgressRuleArgs{To: networkingv1.NetworkPolicyPeerArray{pods(w)}, Ports: tcp(port)}
}

// toHost returns the narrowest rule that a NetworkPolicy can express, which supports no DNS names: one address; the
// namespace of a Service in this cluster; or all addresses outside of the Pod network.
func (a Args) toHost(host topology.Host) networkingv1.NetworkPolicyEgressRuleInput {
	peer := a.outside()
	if address, err := netip.ParseAddr(host.Name); err == nil {
		peer = networkingv1.NetworkPolicyPeerArgs{IpBlock: networkingv1.IPBlockArgs{Cidr: pulumi.String(single(address))}}
	} else if namespace, found := namespaceOf(host.Name); found {
		peer = networkingv1.NetworkPolicyPeerArgs{NamespaceSelector: namespaceSelector(namespace)}
	}
	return networkingv1.NetworkPolicyEgressRuleArgs{To: networkingv1.NetworkPolicyPeerArray{peer}, Ports: tcp(host.Port)}
}

// namespaceOf returns the namespace in the DNS name of a Service, <service>.<namespace>.svc, or of a Pod behind a
// Service, <pod>.<service>.<namespace>.svc. Both may end with the cluster's domain, which has at least two labels.
func namespaceOf(name string) (string, bool) {
	labels := strings.Split(strings.TrimSuffix(name, "."), ".")
	for at := 2; at <= min(3, len(labels)-1); at++ {
		if domain := labels[at+1:]; labels[at] == "svc" && len(domain) != 1 {
			return labels[at-1], true
		}
	}
	return "", false
}

// toAPIServer lists the endpoints in the order of their addresses, because the API returns them in any order.
func toAPIServer(server topology.APIServer) networkingv1.NetworkPolicyEgressRuleInput {
	return server.Endpoints.ApplyT(func(endpoints any) networkingv1.NetworkPolicyEgressRule {
		var rule networkingv1.NetworkPolicyEgressRule
		tcp, ports := "TCP", map[uint16]bool{}
		for _, endpoint := range slices.SortedFunc(slices.Values(endpoints.([]netip.AddrPort)), netip.AddrPort.Compare) {
			block := networkingv1.IPBlock{Cidr: single(endpoint.Addr())}
			rule.To = append(rule.To, networkingv1.NetworkPolicyPeer{IpBlock: &block})
			if !ports[endpoint.Port()] {
				ports[endpoint.Port()] = true
				rule.Ports = append(rule.Ports, networkingv1.NetworkPolicyPort{Protocol: &tcp, Port: int(endpoint.Port())})
			}
		}
		return rule
	}).(networkingv1.NetworkPolicyEgressRuleOutput)
}

// single returns the CIDR of one address.
func single(address netip.Addr) string { return netip.PrefixFrom(address, address.BitLen()).String() }

// outside is every address outside of the Pod network, or every address if the Pod network is unknown.
func (a Args) outside() networkingv1.NetworkPolicyPeerArgs {
	block := networkingv1.IPBlockArgs{Cidr: pulumi.String("0.0.0.0/0")}
	if a.PodNetwork != "" {
		block.Except = pulumi.StringArray{pulumi.String(a.PodNetwork)}
	}
	return networkingv1.NetworkPolicyPeerArgs{IpBlock: block}
}

// dns allows DNS queries to the cluster's DNS Pods and to DNSAddress. CoreDNS has the label of its predecessor kube-dns
// wherever it is installed as Kubernetes' own manifests install it.
func (a Args) dns() networkingv1.NetworkPolicyEgressRuleArgs {
	to := networkingv1.NetworkPolicyPeerArray{networkingv1.NetworkPolicyPeerArgs{
		NamespaceSelector: namespaceSelector("kube-system"),
		PodSelector:       metav1.LabelSelectorArgs{MatchLabels: pulumi.StringMap{"k8s-app": pulumi.String("kube-dns")}},
	}}
	if a.DNSAddress != "" {
		block := networkingv1.IPBlockArgs{Cidr: pulumi.String(a.DNSAddress + "/32")}
		to = append(to, networkingv1.NetworkPolicyPeerArgs{IpBlock: block})
	}
	return networkingv1.NetworkPolicyEgressRuleArgs{
		To: to, Ports: networkingv1.NetworkPolicyPortArray{protocolPort("UDP", 53), protocolPort("TCP", 53)},
	}
}

func namespaceSelector(name string) metav1.LabelSelectorArgs {
	return metav1.LabelSelectorArgs{MatchLabels: pulumi.StringMap{nameOfNamespace: pulumi.String(name)}}
}

func pods(w *topology.Workload) networkingv1.NetworkPolicyPeerArgs {
	return networkingv1.NetworkPolicyPeerArgs{PodSelector: selector(w)}
}

func selector(w *topology.Workload) metav1.LabelSelectorArgs {
	return metav1.LabelSelectorArgs{MatchLabels: w.Pods}
}

func tcp(port int) networkingv1.NetworkPolicyPortArray {
	return networkingv1.NetworkPolicyPortArray{protocolPort("TCP", port)}
}

func protocolPort(protocol string, port int) networkingv1.NetworkPolicyPortArgs {
	return networkingv1.NetworkPolicyPortArgs{Protocol: pulumi.String(protocol), Port: pulumi.Int(port)}
}
