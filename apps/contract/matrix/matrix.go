// Package matrix declares the JSON of GET /matrix.json: every connection between two workloads, expected and measured.
// The explorer writes it; `make verify` reads it. Start at Matrix.
package matrix

import (
	"time"

	"example.com/kubernetes-networking/apps/contract/failure"
)

// Verdict is the outcome of a connection.
type Verdict string

// The verdicts.
const (
	Allowed Verdict = "allowed"
	Denied  Verdict = "denied"
	// Either is an expectation only: both outcomes are correct. For example, a Pod that calls its own Service may reach
	// itself, which no policy can deny, or another Pod of the workload, which is not a declared call.
	Either Verdict = "either"
	// Unmeasured is a result only: the Pod could not measure. Detail has the reason.
	Unmeasured Verdict = "unmeasured"
	// Unanswered is a result only: the connection succeeded, but no valid response came. Code has the reason.
	Unanswered Verdict = "unanswered"
)

// Kind is the kind of a target.
type Kind string

// The kinds of targets.
const (
	Service   Kind = "service"
	Pod       Kind = "pod"
	External  Kind = "external"
	Localhost Kind = "localhost"
	// Control is a port that must be closed to all but the explorer, such as the one where Pods serve measurements.
	Control Kind = "control"
)

// Matrix is one round of measurements.
type Matrix struct {
	Namespace string `json:"namespace"`
	// Lab is the lab that was active at the end of the round; empty for none.
	Lab        string    `json:"lab"`
	MeasuredAt time.Time `json:"measuredAt"`
	// Milliseconds is the duration of the whole round.
	Milliseconds float64 `json:"milliseconds"`
	// Enforced is yes, no or unknown: whether the cluster enforces NetworkPolicies. EnforcedDetail explains it in a
	// sentence.
	Enforced       string `json:"enforced"`
	EnforcedDetail string `json:"enforcedDetail"`
	Rows           []Row  `json:"rows"`
	// Differences is the number of rows that are not Same.
	Differences int `json:"differences"`
}

// Row is one connection.
type Row struct {
	// From is the node of the topology that the measuring Pod, FromPod, belongs to.
	From    string `json:"from"`
	FromPod string `json:"fromPod"`
	// To is the node that the target belongs to, or localhost.
	To   string `json:"to"`
	Kind Kind   `json:"kind"`
	// Group is the table line that shows the row together with similar ones, such as "the Pods of orders". The same is
	// expected of all rows of a group from one node.
	Group string `json:"group"`
	// Target is the URL. ToPod is the Pod that has its address, if a Pod has it.
	Target   string  `json:"target"`
	ToPod    string  `json:"toPod"`
	Expected Verdict `json:"expected"`
	// Reason explains the expectation.
	Reason   string  `json:"reason"`
	Measured Verdict `json:"measured"`
	// Code, Cause, Detail and Command explain why the connection failed or was not answered, as the map does. They are
	// empty if it succeeded. Command is a shell command that shows the cause.
	Code         failure.Code `json:"code"`
	Cause        string       `json:"cause"`
	Detail       string       `json:"detail"`
	Command      string       `json:"command"`
	Milliseconds float64      `json:"milliseconds"`
	// Same reports whether the result is the expected one.
	Same bool `json:"same"`
}

// Result returns the measured verdict in words.
func (r Row) Result() string {
	if r.Measured != Unanswered {
		return string(r.Measured)
	}
	switch r.Code {
	case failure.Timeout:
		return "allowed, but no answer in time"
	case failure.Server:
		return "allowed, but the server failed"
	}
	return "allowed, but no valid answer"
}
