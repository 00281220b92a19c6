package hostnet

import "net/netip"

// Route returns the addresses (host:port) in the cluster to try for a client, in order. It returns none to refuse the
// client. It is called for each connection, and must be safe for concurrent use.
type Route func(client netip.Addr) []string

// To returns a route that leads every client to one address.
func To(address string) Route {
	return func(netip.Addr) []string { return []string{address} }
}
