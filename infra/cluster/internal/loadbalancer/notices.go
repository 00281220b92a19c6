package loadbalancer

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/cloud-provider/service/helpers"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// notice records an event for each field of a Service that has no effect here, or another one than on a cloud.
func (c *Controller) notice(service *corev1.Service) {
	if service.DeletionTimestamp != nil || service.Spec.Type == corev1.ServiceTypeExternalName {
		return
	}
	if len(service.Spec.ExternalIPs) > 0 {
		c.warn(service, "ExternalIPsNotReachable", fmt.Errorf(
			"externalIPs %v answer inside the cluster: this machine has no route to them", service.Spec.ExternalIPs))
	}
	if service.Spec.Type == corev1.ServiceTypeClusterIP || service.Spec.LoadBalancerClass != nil {
		return
	}
	for _, port := range service.Spec.Ports {
		if !supported(port) {
			c.warn(service, "ProtocolNotSupported", fmt.Errorf(
				"port %d is %s: the embedded cluster answers on TCP and UDP only on this machine", port.Port, port.Protocol))
		}
	}
	if service.Spec.Type == corev1.ServiceTypeLoadBalancer {
		c.noticeLoadBalancer(service)
	}
}

func (c *Controller) noticeLoadBalancer(service *corev1.Service) {
	local := helpers.RequestsOnlyLocalTraffic(service)
	affinity := service.Spec.SessionAffinity == corev1.ServiceAffinityClientIP
	withoutNodePort := func(port corev1.ServicePort) bool { return port.NodePort == 0 }
	if slices.ContainsFunc(service.Spec.Ports, withoutNodePort) {
		onNode := service.Spec.InternalTrafficPolicy
		if local || onNode != nil && *onNode == corev1.ServiceInternalTrafficPolicyLocal {
			c.warn(service, "NodePortsNeeded", fmt.Errorf(
				"without NodePorts the load balancer connects to the ClusterIP on one node: set allocateLoadBalancerNodePorts, or no traffic policy Local"))
		}
		return
	}
	if local {
		c.recorder.Eventf(service, corev1.EventTypeNormal, "ClientAddressReplaced",
			"externalTrafficPolicy Local: only nodes with an endpoint are sent to; Pods see the load balancer's address %s, not the client's", layout.ControlPlaneIP)
	}
	if affinity {
		c.recorder.Event(service, corev1.EventTypeNormal, "SessionAffinityByNode",
			"sessionAffinity ClientIP: a client stays on one node and one Pod; clients on the same node share the Pod")
	}
}
