package loadbalancer

import (
	"fmt"
	"net/netip"

	corev1 "k8s.io/api/core/v1"
)

// The addresses that Services are given: loopback addresses of the host, of which Linux answers all of 127.0.0.0/8.
const (
	subnet       = "127.80.0.%d"
	firstAddress = 1
	lastAddress  = 254
)

// address is the address that a Service has been given, or "".
func address(service *corev1.Service) string {
	for _, ingress := range service.Status.LoadBalancer.Ingress {
		if ours(ingress.IP) {
			return ingress.IP
		}
	}
	return ""
}

func ours(ip string) bool {
	parsed, err := netip.ParseAddr(ip)
	return err == nil && netip.MustParsePrefix(fmt.Sprintf(subnet, 0)+"/24").Contains(parsed)
}

// free is the lowest address that no Service has.
func free(services []*corev1.Service) (string, error) {
	taken := map[string]bool{}
	for _, service := range services {
		taken[address(service)] = true
	}
	for i := firstAddress; i <= lastAddress; i++ {
		if candidate := fmt.Sprintf(subnet, i); !taken[candidate] {
			return candidate, nil
		}
	}
	return "", fmt.Errorf("all %d LoadBalancer addresses are taken: delete a Service of type LoadBalancer", lastAddress-firstAddress+1)
}
