package loadbalancer

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/cloud-provider/service/helpers"
	"k8s.io/utils/ptr"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// notice is an event on a Service. Its message names a field, the field's value and the effect that it has here.
type notice struct{ eventType, reason, message string }

func warning(reason, format string, args ...any) notice {
	return notice{corev1.EventTypeWarning, reason, fmt.Sprintf(format, args...)}
}

func information(reason, format string, args ...any) notice {
	return notice{corev1.EventTypeNormal, reason, fmt.Sprintf(format, args...)}
}

// notices returns a notice for each field of a Service that has no effect on this machine, or a different one than in a
// cloud.
func notices(service *corev1.Service) []notice {
	spec := service.Spec
	if service.DeletionTimestamp != nil || spec.Type == corev1.ServiceTypeExternalName {
		return nil
	}
	var all []notice
	if len(spec.ExternalIPs) > 0 {
		all = append(all, warning("ExternalIPsNotReachable",
			"externalIPs %v: they answer inside the cluster only, because this machine has no route to them", spec.ExternalIPs))
	}
	if spec.Type == corev1.ServiceTypeClusterIP {
		return all
	}
	if spec.LoadBalancerClass != nil {
		return append(all, information("OtherLoadBalancerClass",
			"loadBalancerClass %s: the embedded load balancer serves only Services without a class, so this one waits for a "+
				"controller of its class", *spec.LoadBalancerClass))
	}
	if policy := ptr.Deref(spec.IPFamilyPolicy, corev1.IPFamilyPolicySingleStack); policy != corev1.IPFamilyPolicySingleStack ||
		slices.Contains(spec.IPFamilies, corev1.IPv6Protocol) {
		all = append(all, information("IPv4Only",
			"ipFamilyPolicy %s, ipFamilies %v: the embedded cluster serves this Service on IPv4 only", policy, spec.IPFamilies))
	}
	for _, port := range spec.Ports {
		if !supported(port) {
			all = append(all, warning("ProtocolNotSupported",
				"port %d has protocol %s: this machine reaches only TCP and UDP ports, so this one does not answer here and a "+
					"Service of type LoadBalancer gets no address", port.Port, port.Protocol))
		}
	}
	return append(all, routingNotices(service)...)
}

// routingNotices covers the fields that affect how a connection finds its Pod.
func routingNotices(service *corev1.Service) (all []notice) {
	spec := service.Spec
	local := helpers.RequestsOnlyLocalTraffic(service)
	affinity := spec.SessionAffinity == corev1.ServiceAffinityClientIP
	withoutNodePort := func(port corev1.ServicePort) bool { return port.NodePort == 0 }
	if !slices.ContainsFunc(spec.Ports, withoutNodePort) {
		if local {
			all = append(all, information("ClientAddressReplaced",
				"externalTrafficPolicy Local: only nodes with an endpoint answer, but Pods see the load balancer's address %s "+
					"instead of the client's", layout.ControlPlaneIP))
		}
		if affinity {
			all = append(all, information("SessionAffinityByNode",
				"sessionAffinity ClientIP: a client stays on one node and one Pod, and all clients on the same node share that Pod"))
		}
		return all
	}
	const remedy = "because without NodePorts the load balancer connects to the ClusterIP on one node: " +
		"set allocateLoadBalancerNodePorts to true"
	if local {
		all = append(all, warning("NodePortsNeeded", "externalTrafficPolicy Local has no effect, %s", remedy))
	}
	if ptr.Deref(spec.InternalTrafficPolicy, "") == corev1.ServiceInternalTrafficPolicyLocal {
		all = append(all, warning("NodePortsNeeded",
			"internalTrafficPolicy Local limits the load balancer to the Pods of one node, %s", remedy))
	}
	if affinity {
		all = append(all, warning("NodePortsNeeded", "sessionAffinity ClientIP sends all clients to the same Pod, %s", remedy))
	}
	return all
}
