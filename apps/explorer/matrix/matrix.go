// Package matrix proves what can reach what: every workload to every Service, database and Pod, as it is declared and as it
// is measured from inside of the Pods.
package matrix

import (
	"time"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/diagnosis"
	"example.com/kubernetes-networking/apps/internal/failure"
)

// Verdict is whether a connection succeeds.
type Verdict string

// The verdicts.
const (
	Allowed Verdict = "allowed"
	Denied  Verdict = "denied"
	// Either is an expectation only: a Pod that calls its own Service may reach itself, which no policy can deny, or to
	// another Pod of the same workload, which is not declared.
	Either Verdict = "either"
	// Unmeasured is a result only: the Pod could not measure. Detail has the reason.
	Unmeasured Verdict = "unmeasured"
	// Unanswered is a result only: an allowed connection was made, and no valid response came. Code has the reason.
	Unanswered Verdict = "unanswered"
)

// Matrix is one round of measurements.
type Matrix struct {
	Namespace string `json:"namespace"`
	// Lab is the lab that was active at the end; empty for none.
	Lab        contract.Lab `json:"lab"`
	MeasuredAt time.Time    `json:"measuredAt"`
	// Milliseconds are those of the whole round.
	Milliseconds float64 `json:"milliseconds"`
	// Enforced is yes, no or unknown: whether the cluster enforces NetworkPolicies. EnforcedDetail has the reason.
	Enforced       string `json:"enforced"`
	EnforcedDetail string `json:"enforcedDetail"`
	Rows           []Row  `json:"rows"`
	// Differences is how many rows are measured otherwise than expected, or could not be measured.
	Differences int `json:"differences"`
}

// Row is one connection.
type Row struct {
	// From is the node that the measuring Pod, FromPod, belongs to.
	From    string `json:"from"`
	FromPod string `json:"fromPod"`
	// To is what the target belongs to: a node, or localhost.
	To string `json:"to"`
	// Kind is how it is reached: service, pod, external, localhost, or control for what must be closed to all but the
	// explorer, such as the port for measuring.
	Kind string `json:"kind"`
	// Group is the line of a table that shows rows of a kind together, such as "the Pods of orders": from one node, the same
	// is expected of all of them.
	Group string `json:"group"`
	// Target is the URL; ToPod the Pod that has its address, where it is a Pod's.
	Target   string  `json:"target"`
	ToPod    string  `json:"toPod"`
	Expected Verdict `json:"expected"`
	// Reason explains the expectation.
	Reason   string  `json:"reason"`
	Measured Verdict `json:"measured"`
	// Code, Cause, Detail and Command are why the connection was not made, or not answered, as the map shows it.
	Code         failure.Code    `json:"code"`
	Cause        diagnosis.Cause `json:"cause"`
	Detail       string          `json:"detail"`
	Command      string          `json:"command"`
	Milliseconds float64         `json:"milliseconds"`
	// Same reports whether the measurement is as expected.
	Same bool `json:"same"`
}

// Result is the measured verdict in words.
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
