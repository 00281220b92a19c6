// Package failure names why something on the network did not work, in the few words that a reader can act on.
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
	Refused Code = "REFUSED"  // the address answered that nothing listens there, or a policy rejected the connection
	Timeout Code = "TIMEOUT"  // nothing answered in time
	Server  Code = "HTTP 5xx" // an answer came, and says that the server failed
	Other   Code = "OTHER"
)

// What a connection alone cannot tell, and who knows the cluster can: both look like Refused or Timeout.
const (
	NoEndpoints Code = "NO ENDPOINTS" // the Service has no Pod that is ready
	Policy      Code = "POLICY"       // a network policy does not let the connection through
)

// Failure is a code and one sentence that explains it.
type Failure struct {
	Code   Code   `json:"code"`
	Detail string `json:"detail"`
}

// Of explains an error of Go's net package, or one that wraps it.
func Of(err error) Failure {
	var dns *net.DNSError
	var network net.Error
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return Failure{DNS, "The name " + dns.Name + " does not exist: no DNS server knows an address for it."}
	case errors.As(err, &dns) && unanswered(dns):
		return Failure{DNS, "The name " + dns.Name + " could not be looked up: no DNS server answered."}
	case errors.As(err, &dns):
		return Failure{DNS, "The name " + dns.Name + " could not be looked up: " + dns.Err + "."}
	case errors.Is(err, syscall.ECONNREFUSED):
		return Failure{Refused, "The connection was refused: nothing listens on that address and port, or a network policy rejects it."}
	case errors.As(err, &network) && network.Timeout() && !dialing(err): // of a context, a socket or the kernel
		return Failure{Timeout, "No answer came in time."}
	case errors.As(err, &network) && network.Timeout():
		return Failure{Timeout, "Nothing answered in time: the address is not in use, the host is too busy, or packets are dropped."}
	default:
		return Failure{Other, "It failed: " + err.Error() + "."}
	}
}

// unanswered reports whether no server responded to a query: it timed out, or could not be sent or received. Whether packets
// are dropped or rejected on the way is the same failure to whoever looks a name up. Go keeps of such an error its text alone.
func unanswered(dns *net.DNSError) bool {
	operation, _, _ := strings.Cut(dns.Err, " ")
	return dns.IsTimeout || slices.Contains([]string{"dial", "read", "write"}, operation)
}

// dialing reports whether an error is that of a connection that was not made. Of a request whose context ends first, it is
// not known.
func dialing(err error) bool {
	var operation *net.OpError
	return errors.As(err, &operation) && operation.Op == "dial"
}
