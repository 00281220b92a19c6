// Package measure measures the steps of a connection from inside of a Pod: the answer to each DNS query, whether
// the connection came about, and what the first bytes of the answer were.
//
// Every app serves it on a port of its own for the explorer, and the probe on localhost. Nothing can be measured but the
// declared topology, so that nobody gets anywhere by it that the Pod does not go anyway.
package probe

import (
	"net/netip"

	"example.com/kubernetes-networking/apps/contract/failure"
)

// Measurement is one connection, step by step. A step that it did not come to is null.
type Measurement struct {
	// URL is the target.
	URL string `json:"url"`
	// From is the name of the Pod that measured.
	From string `json:"from"`
	// Resolution is null where the target is an address.
	Resolution *Resolution `json:"resolution"`
	Connection *Connection `json:"connection"`
	Answer     *Answer     `json:"answer"`
	// Milliseconds are those of all steps.
	Milliseconds float64 `json:"milliseconds"`
	// Failure is why it did not get further; null if all went well.
	Failure *failure.Failure `json:"failure"`
}

// Resolution is what a name meant, with every query that it took to find out.
type Resolution struct {
	Name string `json:"name"`
	// Resolver is what the Pod's /etc/resolv.conf says.
	Resolver Resolver `json:"resolver"`
	// Queries are in the order in which they were sent.
	Queries      []Query          `json:"queries"`
	Addresses    []netip.Addr     `json:"addresses"`
	Milliseconds float64          `json:"milliseconds"`
	Failure      *failure.Failure `json:"failure"`
}

// Resolver is a Pod's /etc/resolv.conf.
type Resolver struct {
	Nameservers []string `json:"nameservers"`
	// Search are the domains that are tried behind a name, in this order.
	Search []string `json:"search"`
	// Ndots is how many dots a name has to have to be tried as it is before the search list.
	Ndots int `json:"ndots"`
}

// Query is one DNS query and its outcome.
type Query struct {
	// Name is the full name, with the root's dot at its end.
	Name string `json:"name"`
	// Type is A, AAAA or another type of record.
	Type string `json:"type"`
	// Server is the address that the query was sent to.
	Server string `json:"server"`
	// Outcome is the response code, such as NOERROR or NXDOMAIN, if a server responded, and otherwise "no answer (rejected)",
	// "no answer in 2 s" or "no answer (connection closed)".
	Outcome string `json:"outcome"`
	// Answered is whether a server responded.
	Answered bool `json:"answered"`
	// Retry is whether the same query was sent before, and got no response.
	Retry        bool         `json:"retry"`
	Addresses    []netip.Addr `json:"addresses"`
	Milliseconds float64      `json:"milliseconds"`
}

// Connection is a TCP connection that came about.
type Connection struct {
	Local        string  `json:"local"`
	Remote       string  `json:"remote"`
	Milliseconds float64 `json:"milliseconds"`
}

// Answer is the first thing that the other side said.
type Answer struct {
	// Status is that of HTTP; 0 for other protocols.
	Status int `json:"status"`
	// Text is the answer in words, such as "204 No Content" or "PostgreSQL, without TLS".
	Text string `json:"text"`
	// Pod is the name of the Pod that answered, empty where the protocol does not tell.
	Pod string `json:"pod"`
	// Milliseconds from the request to the first byte.
	Milliseconds float64 `json:"milliseconds"`
}
