// Package story shows one request from one Pod to another, step by step, with the commands that show the same.
package story

import (
	"time"

	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/internal/measure"
)

// Story is one request.
type Story struct {
	// Call is the call as it was measured just now. Declared reports whether the topology declares it; the network policies deny
	// all others.
	Call     calls.Call `json:"call"`
	Declared bool       `json:"declared"`
	Steps    []Step     `json:"steps"`
	// Names are the forms in which the server's name could be written, with what each cost. Empty where the call does not
	// use a name.
	Names      []Name    `json:"names"`
	MeasuredAt time.Time `json:"measuredAt"`
}

// Step is one step on the way.
type Step struct {
	// ID names the step in the page: variable (or undeclared), resolver, queries, service, endpoints, policy, connection, answer. The story
	// of localhost has pod, name, connection, answer, elsewhere.
	ID    string `json:"id"`
	Title string `json:"title"`
	// Text explains in a sentence or two what happens here, in general and in this case.
	Text  string `json:"text"`
	Facts []Fact `json:"facts"`
	// Queries are those to DNS, in the step that asks them.
	Queries []measure.Query `json:"queries,omitempty"`
	// Milliseconds is 0 for a step that takes no time.
	Milliseconds float64 `json:"milliseconds"`
	// Problem is why the request did not get further than this step; empty if it did.
	Problem string `json:"problem"`
	// Commands show the same in a terminal.
	Commands []Command `json:"commands"`
}

// Command is one line for bash or zsh. Note is what the reader should know about it; empty for most.
type Command struct {
	Text string `json:"text"`
	Note string `json:"note"`
}

// Fact is one thing that was read or measured.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Name is one form of a name, such as orders.shop, and what resolving it took.
type Name struct {
	// Form says what kind of name it is: short name, name.namespace, and so on.
	Form       string             `json:"form"`
	Resolution measure.Resolution `json:"resolution"`
	// Problem is why it was not measured; empty if it was.
	Problem string `json:"problem"`
}
