// Package calls keeps measuring the declared calls from inside of the Pods that make them, and says of each that fails
// why it does.
package calls

import (
	"time"

	"example.com/kubernetes-networking/apps/explorer/diagnosis"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/internal/failure"
)

// State is how a call does.
type State string

// The states of a call.
const (
	Working State = "working"
	Failing State = "failing"
	// Unknown is a call that has not been measured, or not lately. Its Detail says why.
	Unknown State = "unknown"
)

// Call is a declared call and what was measured of it last.
type Call struct {
	// From and To are names of nodes of the topology.
	From string `json:"from"`
	To   string `json:"to"`
	// Variable of the caller's environment holds URL.
	Variable string `json:"variable"`
	URL      string `json:"url"`
	State    State  `json:"state"`
	// Code is empty unless the call fails.
	Code failure.Code `json:"code"`
	// Cause is what is wrong, in a word for programs; empty unless the call fails.
	Cause diagnosis.Cause `json:"cause"`
	// Detail is a sentence for a person on why the call fails, or is unknown; empty if it works. Command shows it in a
	// terminal; empty if none does.
	Detail  string `json:"detail"`
	Command string `json:"command"`
	// Milliseconds are those of the whole call: the sum of Times where it works.
	Milliseconds float64 `json:"milliseconds"`
	// Times are the median of the last undisturbed measurements.
	Times Times `json:"times"`
	// Pod is the one that measured.
	Pod string `json:"pod"`
	// MeasuredAt is zero if the call has not been measured.
	MeasuredAt time.Time `json:"measuredAt"`
}

// Why is the detail with the command.
func (c Call) Why() string { return diagnosis.Sentence(c.Detail, c.Command) }

// fail shows what is wrong.
func (c *Call) fail(found diagnosis.Diagnosis) {
	c.State, c.Code, c.Cause, c.Detail, c.Command = Failing, found.Code, found.Cause, found.Detail, found.Command
}

// Picture is everything that the map shows.
type Picture struct {
	Network network.Network `json:"network"`
	Calls   []Call          `json:"calls"`
	// Unenforced explains why a connection is open that is not declared; it is empty unless one was measured.
	Unenforced string `json:"unenforced"`
}
