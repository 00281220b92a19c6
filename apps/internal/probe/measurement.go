// Package probe measures a connection from inside a Pod, step by step: the response to each DNS query, the TCP connection,
// and the first bytes of the answer.
//
// Every service serves Handler on a separate port for the explorer; the app probe serves it on localhost. A probe connects
// only to targets on the allowlist, which holds the declared topology, so it opens no new way through the network.
//
// Start at Measurement, which is the result, and at prober.measure in probe.go.
package probe

import (
	"net/netip"

	"example.com/kubernetes-networking/apps/contract/failure"
)

// Measurement is one connection, step by step. Steps after a failure are null.
type Measurement struct {
	// URL is the target.
	URL string `json:"url"`
	// From is the name of the measuring Pod.
	From string `json:"from"`
	// Resolution is null if the target is an address.
	Resolution *Resolution `json:"resolution"`
	Connection *Connection `json:"connection"`
	Answer     *Answer     `json:"answer"`
	// Milliseconds is the duration of all steps.
	Milliseconds float64 `json:"milliseconds"`
	// Failure is the reason why a step failed; null if none did.
	Failure *failure.Failure `json:"failure"`
}

// Resolution is the lookup of a name, with each of its DNS queries.
type Resolution struct {
	Name string `json:"name"`
	// Resolver is the Pod's /etc/resolv.conf.
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
	// Search are the domains that are appended to a name, in this order.
	Search []string `json:"search"`
	// Ndots is the number of dots from which a name is tried unchanged before the search list.
	Ndots int `json:"ndots"`
}

// Query is one DNS query and its outcome.
type Query struct {
	// Name is the full name, with a dot at its end.
	Name string `json:"name"`
	// Type is A, AAAA or another type of record.
	Type string `json:"type"`
	// Server is the address of the DNS server.
	Server string `json:"server"`
	// Outcome is the response code, such as NOERROR or NXDOMAIN. Without a response it is "no answer (rejected)", "no answer
	// in 2 s" or "no answer (connection closed)".
	Outcome string `json:"outcome"`
	// Answered reports whether a server responded.
	Answered bool `json:"answered"`
	// Retry reports whether the same query was sent before and got no response.
	Retry        bool         `json:"retry"`
	Addresses    []netip.Addr `json:"addresses"`
	Milliseconds float64      `json:"milliseconds"`
}

// Connection is an established TCP connection.
type Connection struct {
	Local        string  `json:"local"`
	Remote       string  `json:"remote"`
	Milliseconds float64 `json:"milliseconds"`
}

// Answer is the first message from the other side.
type Answer struct {
	// Status is the HTTP status; 0 for other protocols.
	Status int `json:"status"`
	// Text describes the answer, such as "204 No Content" or "PostgreSQL, without TLS".
	Text string `json:"text"`
	// Pod is the name of the answering Pod; empty if the protocol does not carry it.
	Pod string `json:"pod"`
	// Milliseconds is the time from the request to the first byte.
	Milliseconds float64 `json:"milliseconds"`
}
