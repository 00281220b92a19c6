package hostnet

import "net/netip"

// Route says where in the cluster a client gets to: the addresses (host:port) to try, in order. None means that nobody
// serves it. It is asked for each connection, from many goroutines.
type Route func(client netip.Addr) []string

// To leads every client to one address.
func To(address string) Route {
	return func(netip.Addr) []string { return []string{address} }
}
