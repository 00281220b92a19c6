// Package failure classifies network errors. The services, the probes and the explorer use its codes; start at Of.
package failure

import (
	"errors"
	"net"
	"slices"
	"strings"
	"syscall"
)

// Code is the kind of a failure.
type Code string

// The kinds of failure, from the first step of a connection to the last.
const (
	DNS     Code = "DNS"      // the name has no address
	Refused Code = "REFUSED"  // nothing listens at the port, or a policy rejected the connection
	Timeout Code = "TIMEOUT"  // no answer came in time
	Server  Code = "HTTP 5xx" // the answer reports a failure of the server
	Other   Code = "OTHER"
)

// The kinds of failure that only the explorer finds, from the state of the cluster. To a caller they look like Refused or
// Timeout.
const (
	NoEndpoints Code = "NO ENDPOINTS" // the Service has no ready Pod
	Policy      Code = "POLICY"       // a network policy denies the connection
)

// Failure is a code with one sentence that explains it.
type Failure struct {
	Code   Code   `json:"code"`
	Detail string `json:"detail"`
}

// Of classifies an error that is or wraps one of Go's net package.
func Of(err error) Failure {
	var dns *net.DNSError
	var network net.Error
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return Failure{DNS, "The name " + dns.Name + " does not exist: no DNS server has an address for it."}
	case errors.As(err, &dns) && unanswered(dns):
		return Failure{DNS, "The name " + dns.Name + " could not be looked up: no DNS server answered."}
	case errors.As(err, &dns):
		return Failure{DNS, "The name " + dns.Name + " could not be looked up: " + dns.Err + "."}
	case errors.Is(err, syscall.ECONNREFUSED):
		return Failure{Refused, "The connection was refused: nothing listens on that address and port, or a network policy rejects it."}
	case errors.As(err, &network) && network.Timeout() && !dialing(err): // a context, a socket or the kernel timed out
		return Failure{Timeout, "No answer came in time."}
	case errors.As(err, &network) && network.Timeout():
		return Failure{Timeout, "Nothing answered in time: the address is not in use, the host is too busy, or packets are dropped."}
	default:
		return Failure{Other, "It failed: " + err.Error() + "."}
	}
}

// unanswered reports whether no server responded to a query: it timed out, or could not be sent or received. Dropped and
// rejected packets are the same failure for a lookup. Go keeps only the text of the error.
func unanswered(dns *net.DNSError) bool {
	operation, _, _ := strings.Cut(dns.Err, " ")
	return dns.IsTimeout || slices.Contains([]string{"dial", "read", "write"}, operation)
}

// dialing reports whether the connection failed. It cannot detect this for a request whose context ended first.
func dialing(err error) bool {
	var operation *net.OpError
	return errors.As(err, &operation) && operation.Op == "dial"
}
