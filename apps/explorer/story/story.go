// Package story measures one request from one Pod to another, and explains it step by step, with commands that show the same in
// a terminal. The pages /calls/{from}/{to} and /localhost show the result.
//
// Start with [Builder.Call]. The steps are in name.go, service.go and connection.go, in this order.
package story

import (
	"time"

	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/internal/measure"
)

// Story is one request.
type Story struct {
	// Call is the call with the measurement of this story. Declared reports whether the topology declares it. Network policies
	// deny undeclared calls.
	Call     calls.Call `json:"call"`
	Declared bool       `json:"declared"`
	Steps    []Step     `json:"steps"`
	// Names are the forms of the server's name, with the queries that each needs; empty if the call does not use a name.
	Names      []Name    `json:"names"`
	MeasuredAt time.Time `json:"measuredAt"`
}

// Step is one step of a request.
type Step struct {
	// ID identifies the step on the page: variable (or undeclared), resolver, queries, service, endpoints, policy, connection,
	// answer. The story of localhost has pod, name, connection, answer, elsewhere.
	ID    string `json:"id"`
	Title string `json:"title"`
	// Text explains what happens in this step, in general and in this case.
	Text  string `json:"text"`
	Facts []Fact `json:"facts"`
	// Queries are the DNS queries of the step that sends them.
	Queries []measure.Query `json:"queries,omitempty"`
	// Milliseconds is 0 for a step that takes no time.
	Milliseconds float64 `json:"milliseconds"`
	// Problem is why the request ended at this step; empty if it went on.
	Problem string `json:"problem"`
	// Commands show the same in a terminal.
	Commands []Command `json:"commands"`
}

// Command is a command for bash or zsh. Note explains it; empty for most commands.
type Command struct {
	Text string `json:"text"`
	Note string `json:"note"`
}

// Fact is one thing that was read or measured.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Name is one form of a name, such as orders.shop, with its resolution.
type Name struct {
	// Form describes the form: short name, name.namespace, and so on.
	Form       string             `json:"form"`
	Resolution measure.Resolution `json:"resolution"`
	// Problem is why the name was not resolved; empty if it was.
	Problem string `json:"problem"`
}
