package loadbalancer

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/cache"
)

// The range that Services get their addresses from. Linux answers on all of 127.0.0.0/8 without further configuration.
var (
	firstAddress = netip.MustParseAddr("127.80.0.1")
	lastAddress  = netip.MustParseAddr("127.80.0.254")
)

// port is a port number and its protocol.
type port struct {
	protocol corev1.Protocol
	number   int32
}

func (p port) String() string { return fmt.Sprintf("%d/%s", p.number, p.protocol) }

// holding is the address of a Service and the ports that it uses there.
type holding struct {
	address netip.Addr
	ports   []port
}

// addresses assigns addresses to Services. It is not safe for concurrent use.
type addresses struct {
	held    map[cache.ObjectName]holding
	waiting map[cache.ObjectName]bool // Services whose last assignment failed
}

func newAddresses() *addresses {
	return &addresses{held: map[cache.ObjectName]holding{}, waiting: map[cache.ObjectName]bool{}}
}

// restore assigns the address that an earlier run of the controller published, unless another Service holds it.
func (a *addresses) restore(key cache.ObjectName, published netip.Addr, ports []port) {
	if published.IsValid() && a.conflict(key, published, ports) == nil {
		a.held[key] = holding{published, ports}
	}
}

// assign returns the address of a Service: the requested one, else its current one, else the lowest free one. Services
// that request the same address share it if their ports differ, as with the load balancers of most clouds. On an error
// the Service keeps its current address. changed reports whether an address or a port became free that another Service
// may wait for.
func (a *addresses) assign(key cache.ObjectName, requested string, ports []port) (address netip.Addr, changed bool, err error) {
	current := a.held[key]
	address, err = a.choose(key, requested)
	if err == nil {
		err = a.conflict(key, address, ports)
	}
	if err != nil {
		a.waiting[key] = true
		return netip.Addr{}, false, err
	}
	delete(a.waiting, key)
	a.held[key] = holding{address, ports}
	return address, current.address.IsValid() && (current.address != address || !slices.Equal(current.ports, ports)), nil
}

func (a *addresses) choose(key cache.ObjectName, requested string) (netip.Addr, error) {
	if requested != "" {
		address, err := netip.ParseAddr(requested)
		if err != nil || !inRange(address) {
			return netip.Addr{}, fmt.Errorf("spec.loadBalancerIP is %s: set an address from %s to %s, or remove the field",
				requested, firstAddress, lastAddress)
		}
		return address, nil
	}
	if current := a.held[key].address; current.IsValid() {
		return current, nil
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
	return netip.Addr{}, fmt.Errorf("all addresses from %s to %s are taken: delete a Service of type LoadBalancer",
		firstAddress, lastAddress)
}

// conflict returns an error for each of the ports that another Service uses on the address.
func (a *addresses) conflict(key cache.ObjectName, address netip.Addr, ports []port) error {
	var errs []error
	for other, holding := range a.held {
		if other == key || holding.address != address {
			continue
		}
		for _, p := range ports {
			if slices.Contains(holding.ports, p) {
				errs = append(errs, fmt.Errorf(
					"Service %s uses port %s of the address %s: set another spec.loadBalancerIP, or delete that Service",
					other, p, address))
			}
		}
	}
	return errors.Join(errs...)
}

// release frees the address of a Service. It reports whether the Service had one.
func (a *addresses) release(key cache.ObjectName) bool {
	delete(a.waiting, key)
	_, had := a.held[key]
	delete(a.held, key)
	return had
}

func inRange(address netip.Addr) bool {
	return address.Compare(firstAddress) >= 0 && address.Compare(lastAddress) <= 0
}

func portsOf(service *corev1.Service) []port {
	var ports []port
	for _, p := range service.Spec.Ports {
		ports = append(ports, port{p.Protocol, p.Port})
	}
	return ports
}

// published returns the address in the status of a Service, or the zero Addr.
func published(service *corev1.Service) netip.Addr {
	for _, ingress := range service.Status.LoadBalancer.Ingress {
		if address, err := netip.ParseAddr(ingress.IP); err == nil && inRange(address) {
			return address
		}
	}
	return netip.Addr{}
}
