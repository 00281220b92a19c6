// Package story measures one request from one Pod to another, and explains it step by step, with commands that show the
// same in a terminal. The pages /calls/{from}/{to} and /localhost show the result.
//
// Start with [Builder.Call]. The steps are in name.go, service.go and connection.go, in this order.
package story

import (
	"time"

	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/internal/probe"
)

// Story is one request.
type Story struct {
	// Call is the call with the measurement of this story. Declared reports whether the topology declares it. Network
	// policies deny undeclared calls.
	Call     calls.Call
	Declared bool
	Steps    []Step
	// Names are the forms of the server's name, with the queries that each needs; empty if the call does not use a name.
	Names      []Name
	MeasuredAt time.Time
}

// Step is one step of a request.
type Step struct {
	// ID identifies the step on the page: variable (or undeclared), resolver, queries, service, endpoints, policy,
	// connection, answer. The story of localhost has pod, name, connection, answer, elsewhere.
	ID    string
	Title string
	// Text explains what happens in this step, in general and in this case.
	Text  string
	Facts []Fact
	// Queries are the DNS queries of the step that sends them.
	Queries []probe.Query
	// Milliseconds is 0 for a step that takes no time.
	Milliseconds float64
	// Problem is why the request ended at this step; empty if it went on.
	Problem string
	// Commands show the same in a terminal.
	Commands []Command
}

// Command is a command for bash or zsh. Note explains it; empty for most commands.
type Command struct {
	Text string
	Note string
}

// Fact is one thing that was read or measured.
type Fact struct {
	Name  string
	Value string
}

// Name is one form of a name, such as orders.shop, with its resolution.
type Name struct {
	// Form describes the form: short name, name.namespace, and so on.
	Form       string
	Resolution probe.Resolution
	// Problem is why the name was not resolved; empty if it was.
	Problem string
}
