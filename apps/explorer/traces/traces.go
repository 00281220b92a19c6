// Package traces takes the traces of the services, keeps the last ones in memory, and tells each as hops over the map.
package traces

import "time"

// Trace is one request through the services.
type Trace struct {
	// ID is the W3C trace id, 32 hexadecimal digits.
	ID    string    `json:"id"`
	Began time.Time `json:"began"`
	// Name is that of its first span.
	Name         string  `json:"name"`
	Milliseconds float64 `json:"milliseconds"`
	// Spans are in the order of a walk through the tree, callers before callees, by their start.
	Spans []Span `json:"spans"`
	// Hops are the spans that cross the network, in the order of their start.
	Hops   []Hop `json:"hops"`
	Failed bool  `json:"failed"`
	// Cut says that spans are missing, because the trace had more of them than are kept.
	Cut bool `json:"cut"`
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
	// Start is in milliseconds since the trace began.
	Start        float64 `json:"start"`
	Milliseconds float64 `json:"milliseconds"`
	Failed       bool    `json:"failed"`
	// Status is that of HTTP, 0 if the span has none.
	Status int `json:"status"`
}

// Hop is a part of a trace that goes from one node of the topology to another.
type Hop struct {
	Number       int     `json:"number"`
	From         string  `json:"from"`
	To           string  `json:"to"`
	FromPod      string  `json:"fromPod"`
	ToPod        string  `json:"toPod"`
	Name         string  `json:"name"`
	Start        float64 `json:"start"`
	Milliseconds float64 `json:"milliseconds"`
	Failed       bool    `json:"failed"`
}
