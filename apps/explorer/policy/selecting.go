package policy

import networking "k8s.io/api/networking/v1"

// Selecting are the names, sorted, of the policies that restrict a Pod in a direction, Egress or Ingress. Where there are
// none, everything is open in that direction.
func Selecting(policies []networking.NetworkPolicy, namespace string, pod Peer, direction string) []string {
	kind := networking.PolicyTypeEgress
	if direction == Ingress {
		kind = networking.PolicyTypeIngress
	}
	return names(selecting(policies, namespace, pod.in(namespace), kind))
}
