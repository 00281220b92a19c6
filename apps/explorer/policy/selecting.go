package policy

import networking "k8s.io/api/networking/v1"

// Selecting returns the sorted names of the policies that restrict a Pod in a direction, Egress or Ingress. If there
// are none, all connections in that direction are open.
func Selecting(policies []networking.NetworkPolicy, namespace string, pod Peer, direction string) []string {
	kind := networking.PolicyTypeEgress
	if direction == Ingress {
		kind = networking.PolicyTypeIngress
	}
	return names(selecting(policies, namespace, pod.in(namespace), kind))
}
