// Package traces receives the services' traces over OTLP, keeps the latest in memory, and derives the hops between the
// nodes of the map. It also makes the purchases of the page /requests, as traces of their own.
//
// Start with [Store] and [Trace]. tree.go builds a Trace from spans, hops.go its hops, and purchase.go sends the
// requests of a purchase.
package traces

import "time"

// Trace is one request through the services. It holds the spans that have arrived so far: each service sends its spans
// every second.
type Trace struct {
	// ID is the W3C trace id, 32 hexadecimal digits.
	ID    string
	Began time.Time
	// Name is the main request of the trace, such as "POST /orders".
	Name         string
	Milliseconds float64
	// Spans are in depth-first order: parents before children, and siblings by their start.
	Spans []Span
	// Hops are the calls over the network, in the order of their numbers.
	Hops []Hop
	// Failed is true if any span failed, even if a retry succeeded.
	Failed bool
	// Cut is true if spans were dropped because the trace has too many.
	Cut bool
	// Settled is true if no more spans are expected.
	Settled bool
}

// Span is one operation of a trace.
type Span struct {
	ID     string
	Parent string
	// Depth is the depth in the tree; 0 for a span whose parent is not in the trace.
	Depth int
	// Service and Pod identify the sender.
	Service string
	Pod     string
	Name    string
	// Kind is server, client, internal, producer or consumer.
	Kind string
	// Database marks an SQL statement, or work of the database driver.
	Database bool
	// Start is in milliseconds since the trace began.
	Start        float64
	Milliseconds float64
	Failed       bool
	// Code is the reason of the failure, such as TIMEOUT (see package failure); empty if the service did not send one.
	Code string
	// Status is the HTTP status; 0 if the span has none.
	Status int
}

// Hop is a call from one node of the topology to another: an HTTP request, or all statements that a service sends to
// its database for one request.
type Hop struct {
	// Number is hierarchical: 3.1 is the first call that was made to answer call 3. It never changes once it is assigned.
	// It is empty while spans of the callers are missing.
	Number  string
	From    string
	To      string
	FromPod string
	// ToPod is empty if the server sent no span: it is a database, or was not reached.
	ToPod        string
	Name         string
	Start        float64
	Milliseconds float64
	Failed       bool
	// Code and Status are as in Span.
	Code   string
	Status int
	// Statements holds the SQL statements of a hop to a database, ordered by their start; empty for an HTTP request.
	Statements []Statement
}

// Statement is an SQL statement. Its text is not recorded.
type Statement struct {
	Name         string
	Start        float64
	Milliseconds float64
	Failed       bool
}
