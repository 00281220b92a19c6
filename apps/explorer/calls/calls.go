// Package calls measures the declared calls again and again, from inside the Pods that make them, and diagnoses those
// that fail. The map, /topology.json and the page of a request show its results.
//
// Start with [Observer.Run].
package calls

import (
	"time"

	"example.com/kubernetes-networking/apps/contract/failure"
	"example.com/kubernetes-networking/apps/explorer/diagnosis"
	"example.com/kubernetes-networking/apps/explorer/network"
)

// State is the state of a call.
type State string

// The states of a call.
const (
	Working State = "working"
	Failing State = "failing"
	// Unknown is a call without a recent measurement. Its Detail has the reason.
	Unknown State = "unknown"
)

// Call is a declared call with its latest measurement.
type Call struct {
	// From and To are the names of nodes in the topology.
	From string `json:"from"`
	To   string `json:"to"`
	// Variable of the caller's environment holds URL.
	Variable string `json:"variable"`
	URL      string `json:"url"`
	State    State  `json:"state"`
	// Code is empty unless the call fails.
	Code failure.Code `json:"code"`
	// Cause identifies the cause of the failure for programs; empty unless the call fails.
	Cause diagnosis.Cause `json:"cause"`
	// Detail explains to a person why the call fails, or is unknown; empty if it works. Command shows the cause in a
	// terminal; empty if no command does.
	Detail  string `json:"detail"`
	Command string `json:"command"`
	// Milliseconds is the time of the whole call. For a working call it is the sum of Times.
	Milliseconds float64 `json:"milliseconds"`
	// Times is the median of the last undisturbed measurements.
	Times Times `json:"times"`
	// Pod is the name of the Pod that measured.
	Pod string `json:"pod"`
	// MeasuredAt is zero if the call has not been measured.
	MeasuredAt time.Time `json:"measuredAt"`
}

// fail marks the call as failing with the diagnosis.
func (c *Call) fail(found diagnosis.Diagnosis) {
	c.State, c.Code, c.Cause, c.Detail, c.Command = Failing, found.Code, found.Cause, found.Detail, found.Command
}

// Picture holds everything that the map shows.
type Picture struct {
	Network network.Network
	Calls   []Call
	// Unenforced explains why an undeclared connection is open; empty unless one was measured.
	Unenforced string
}
