// Package traces takes the traces of the services, keeps the last ones in memory, and turns each into hops over the map.
package traces

import "time"

// Trace is one request through the services, as far as its spans have arrived: each service sends its own every second.
type Trace struct {
	// ID is the W3C trace id, 32 hexadecimal digits.
	ID    string    `json:"id"`
	Began time.Time `json:"began"`
	// Name is the request that it is about, such as "POST /orders".
	Name         string  `json:"name"`
	Milliseconds float64 `json:"milliseconds"`
	// Spans are in the order of a walk through the tree, callers before the called, by their start.
	Spans []Span `json:"spans"`
	// Hops are what crosses the network, in the order of their numbers.
	Hops []Hop `json:"hops"`
	// Services is how many have a part in it.
	Services int `json:"services"`
	// Failed says that a span of it failed, also if what failed was tried again and worked.
	Failed bool `json:"failed"`
	// Kept says that it began with the page's form: such a trace stays when others go.
	Kept bool `json:"kept"`
	// Cut says that spans are missing, because the trace had more of them than are kept.
	Cut bool `json:"cut"`
	// Settled reports that no more spans are expected.
	Settled bool `json:"settled"`
}

// Span is one piece of work.
type Span struct {
	ID     string `json:"id"`
	Parent string `json:"parent"`
	// Depth in the tree, 0 for a span without a parent here.
	Depth int `json:"depth"`
	// Service and Pod are who did it.
	Service string `json:"service"`
	Pod     string `json:"pod"`
	Name    string `json:"name"`
	// Kind is server, client, internal, producer or consumer.
	Kind string `json:"kind"`
	// Database reports that it is a statement, or what was done for one.
	Database bool `json:"database"`
	// Start is in milliseconds since the trace began.
	Start        float64 `json:"start"`
	Milliseconds float64 `json:"milliseconds"`
	Failed       bool    `json:"failed"`
	// Code is why it failed, as far as its service says so: one of package failure's, such as TIMEOUT.
	Code string `json:"code"`
	// Status is that of HTTP, 0 if the span has none.
	Status int `json:"status"`
}

// Hop is a part of a trace that goes from one node of the topology to another: a call over HTTP, or the statements
// that a service sends to its database for one call.
type Hop struct {
	// Number is nested: 3.1 is a call that was made to answer call 3. It never changes; it is empty as long as the spans of the
	// callers are missing.
	Number  string `json:"number"`
	From    string `json:"from"`
	To      string `json:"to"`
	FromPod string `json:"fromPod"`
	// ToPod is empty if the server sent no span: a database, or a server that was not reached.
	ToPod        string  `json:"toPod"`
	Name         string  `json:"name"`
	Start        float64 `json:"start"`
	Milliseconds float64 `json:"milliseconds"`
	Failed       bool    `json:"failed"`
	// Code and Status are those of the span.
	Code   string `json:"code"`
	Status int    `json:"status"`
	// Statements are those that were sent to a database, in the order of their start; empty for a call over HTTP.
	Statements []Statement `json:"statements"`
}

// Statement is an SQL statement. Its text is not recorded.
type Statement struct {
	Name         string  `json:"name"`
	Start        float64 `json:"start"`
	Milliseconds float64 `json:"milliseconds"`
	Failed       bool    `json:"failed"`
}
