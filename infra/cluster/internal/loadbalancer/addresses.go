package loadbalancer

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// The addresses that Services are given: loopback addresses of the host, of which Linux answers all of 127.0.0.0/8.
var (
	firstAddress = netip.MustParseAddr("127.80.0.1")
	lastAddress  = netip.MustParseAddr("127.80.0.254")
)

// port is a port of a Service on its address.
type port struct {
	protocol corev1.Protocol
	number   int32
}

func (p port) String() string { return fmt.Sprintf("%d/%s", p.number, p.protocol) }

// holding is the address of a Service, and the ports that it has there.
type holding struct {
	address netip.Addr
	ports   []port
}

// addresses assigns addresses to Services, by their keys. It is not safe for concurrent use.
type addresses struct {
	held    map[string]holding
	waiting map[string]bool // Services whose last assignment failed
}

func newAddresses() *addresses {
	return &addresses{held: map[string]holding{}, waiting: map[string]bool{}}
}

// restore gives a Service the address that an earlier run of the controller published.
func (a *addresses) restore(key string, published netip.Addr, ports []port) {
	if published.IsValid() && a.conflict(key, published, ports) == nil {
		a.held[key] = holding{published, ports}
	}
}

// assign returns the address of a Service: the one that it asks for, or the one that it has, or the lowest that no Service
// has. Services that ask for one address share it if their ports differ, as with the load balancers of most clouds. On an
// error the Service keeps what it has. changed reports whether another Service may get what it waits for.
func (a *addresses) assign(key, asked string, ports []port) (address netip.Addr, changed bool, err error) {
	has := a.held[key]
	address, err = a.choose(key, asked)
	if err == nil {
		err = a.conflict(key, address, ports)
	}
	if err != nil {
		a.waiting[key] = true
		return netip.Addr{}, false, err
	}
	delete(a.waiting, key)
	a.held[key] = holding{address, ports}
	return address, has.address.IsValid() && (has.address != address || !slices.Equal(has.ports, ports)), nil
}

func (a *addresses) choose(key, asked string) (netip.Addr, error) {
	if asked != "" {
		address, err := netip.ParseAddr(asked)
		if err != nil || !ours(address) {
			return netip.Addr{}, fmt.Errorf("spec.loadBalancerIP is %s: ask for one from %s to %s, or for none", asked, firstAddress, lastAddress)
		}
		return address, nil
	}
	if has := a.held[key].address; has.IsValid() {
		return has, nil
	}
	taken := map[netip.Addr]bool{}
	for _, other := range a.held {
		taken[other.address] = true
	}
	for free := firstAddress; free.Compare(lastAddress) <= 0; free = free.Next() {
		if !taken[free] {
			return free, nil
		}
	}
	return netip.Addr{}, fmt.Errorf("all addresses from %s to %s are taken: delete a Service of type LoadBalancer", firstAddress, lastAddress)
}

// conflict returns an error if another Service has one of the ports on the address.
func (a *addresses) conflict(key string, address netip.Addr, ports []port) error {
	var errs []error
	for other, has := range a.held {
		if other == key || has.address != address {
			continue
		}
		for _, p := range ports {
			if slices.Contains(has.ports, p) {
				errs = append(errs, fmt.Errorf("Service %s has port %s of the address %s: ask for another address with spec.loadBalancerIP, or delete that Service", other, p, address))
			}
		}
	}
	return errors.Join(errs...)
}

// release takes a Service's address back, and reports whether it had one.
func (a *addresses) release(key string) bool {
	delete(a.waiting, key)
	_, had := a.held[key]
	delete(a.held, key)
	return had
}

func ours(address netip.Addr) bool {
	return address.Compare(firstAddress) >= 0 && address.Compare(lastAddress) <= 0
}

// portsOf returns the ports of a Service.
func portsOf(service *corev1.Service) []port {
	var ports []port
	for _, p := range service.Spec.Ports {
		ports = append(ports, port{p.Protocol, p.Port})
	}
	return ports
}

// published returns the address in the Service's status, or the zero Addr.
func published(service *corev1.Service) netip.Addr {
	for _, ingress := range service.Status.LoadBalancer.Ingress {
		if address, err := netip.ParseAddr(ingress.IP); err == nil && ours(address) {
			return address
		}
	}
	return netip.Addr{}
}
