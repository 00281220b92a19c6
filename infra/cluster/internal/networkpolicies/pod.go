package networkpolicies

import (
	"net/netip"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// key identifies a Pod or a policy.
type key struct{ namespace, name string }

// Pod is what policies need to know about a Pod.
type Pod struct {
	Namespace, Name string
	Labels          labels.Set
	IP              netip.Addr
	Announced       netip.Addr // by the controller of the Pod's node, before the kubelet reports it as IP
	Ports           []Port
	Local           bool      // it runs on this node
	Created         time.Time // of two Pods with the same address, the older one has ended
}

// Port is a port of a Pod that has a name.
type Port struct {
	Protocol corev1.Protocol
	Name     string
	Number   int32
}

// readPod returns what policies need to know about a Pod. It returns false for a Pod without an address of its own, and
// for one whose containers have all ended: its address may already belong to another Pod.
func readPod(pod *corev1.Pod, node string) (*Pod, bool) {
	if pod.Spec.HostNetwork || pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
		return nil, false
	}
	read := &Pod{Namespace: pod.Namespace, Name: pod.Name, Labels: pod.Labels, Local: pod.Spec.NodeName == node, Created: pod.CreationTimestamp.Time}
	for _, address := range append([]corev1.PodIP{{IP: pod.Status.PodIP}}, pod.Status.PodIPs...) {
		if ip, err := netip.ParseAddr(address.IP); err == nil && ip.Is4() {
			read.IP = ip
		}
	}
	if ip, err := netip.ParseAddr(pod.Annotations[addressAnnotation]); err == nil && ip != read.IP {
		read.Announced = ip
	}
	containers := pod.Spec.Containers
	for _, container := range pod.Spec.InitContainers {
		if container.RestartPolicy != nil && *container.RestartPolicy == corev1.ContainerRestartPolicyAlways { // a sidecar
			containers = append(slices.Clip(containers), container)
		}
	}
	for _, container := range containers {
		for _, port := range container.Ports {
			if port.Name != "" {
				read.Ports = append(read.Ports, Port{port.Protocol, port.Name, port.ContainerPort})
			}
		}
	}
	return read, true
}
