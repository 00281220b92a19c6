package loadbalancer

import (
	"fmt"
	"net/netip"

	corev1 "k8s.io/api/core/v1"
)

// The addresses that Services are given: loopback addresses of the host, of which Linux answers all of 127.0.0.0/8.
var (
	firstAddress = netip.MustParseAddr("127.80.0.1")
	lastAddress  = netip.MustParseAddr("127.80.0.254")
)

// addresses knows which Service, by its key, has which address. Only the controller's worker uses it.
type addresses struct {
	byService map[string]netip.Addr
	holder    map[netip.Addr]string
}

func newAddresses() *addresses {
	return &addresses{byService: map[string]netip.Addr{}, holder: map[netip.Addr]string{}}
}

// restore gives a Service the address that an earlier run of the controller published.
func (a *addresses) restore(key string, published netip.Addr) {
	if published.IsValid() && a.holder[published] == "" {
		a.give(key, published)
	}
}

// assign gives a Service the address that it asks for, or else lets it keep the one that it has, or else gives it the
// lowest free one. A Service that can't have what it asks for keeps what it has.
func (a *addresses) assign(key, asked string) (netip.Addr, error) {
	if asked != "" {
		return a.assignAsked(key, asked)
	}
	if has := a.byService[key]; has.IsValid() {
		return has, nil
	}
	for free := firstAddress; free.Compare(lastAddress) <= 0; free = free.Next() {
		if a.holder[free] == "" {
			a.give(key, free)
			return free, nil
		}
	}
	return netip.Addr{}, fmt.Errorf("all addresses from %s to %s are taken: delete a Service of type LoadBalancer", firstAddress, lastAddress)
}

func (a *addresses) assignAsked(key, asked string) (netip.Addr, error) {
	address, err := netip.ParseAddr(asked)
	if err != nil || !ours(address) {
		return netip.Addr{}, fmt.Errorf("spec.loadBalancerIP is %s: ask for one from %s to %s, or for none", asked, firstAddress, lastAddress)
	}
	if holder := a.holder[address]; holder != "" && holder != key {
		return netip.Addr{}, fmt.Errorf("spec.loadBalancerIP is %s, which Service %s has: ask for another, or delete that Service", asked, holder)
	}
	a.release(key)
	a.give(key, address)
	return address, nil
}

func (a *addresses) give(key string, address netip.Addr) {
	a.byService[key], a.holder[address] = address, key
}

// release takes a Service's address back.
func (a *addresses) release(key string) {
	delete(a.holder, a.byService[key])
	delete(a.byService, key)
}

// satisfy says whether a Service has an address, and the one that it asks for.
func (a *addresses) satisfy(key, asked string) bool {
	has := a.byService[key]
	return has.IsValid() && (asked == "" || asked == has.String())
}

func ours(address netip.Addr) bool {
	return address.Compare(firstAddress) >= 0 && address.Compare(lastAddress) <= 0
}

// published is the address that the Service's status tells, or the zero Addr.
func published(service *corev1.Service) netip.Addr {
	for _, ingress := range service.Status.LoadBalancer.Ingress {
		if address, err := netip.ParseAddr(ingress.IP); err == nil && ours(address) {
			return address
		}
	}
	return netip.Addr{}
}
