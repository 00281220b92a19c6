// Package matrix proves which connections succeed: from every workload to every Service, database and Pod. It compares
// the declared topology with measurements from inside the Pods. The page /matrix and make verify show the result.
//
// Start with [Prover.Measure]. plan.go lists the connections, expect.go the expected verdicts, and conclude.go decides
// whether the cluster enforces NetworkPolicies.
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
	// Milliseconds is the duration of the whole round.
	Milliseconds float64 `json:"milliseconds"`
	// Enforced is yes, no or unknown: whether the cluster enforces NetworkPolicies. EnforcedDetail has the reason.
	Enforced       string `json:"enforced"`
	EnforcedDetail string `json:"enforcedDetail"`
	Rows           []Row  `json:"rows"`
	// Differences is the number of rows that differ from the expectation, or could not be measured.
	Differences int `json:"differences"`
}

// Row is one connection.
type Row struct {
	// From is the node of the measuring Pod, FromPod.
	From    string `json:"from"`
	FromPod string `json:"fromPod"`
	// To is the node of the target, or localhost.
	To string `json:"to"`
	// Kind is the kind of target: service, pod, external, localhost, or control for a port that must be closed to all but
	// the explorer, such as the measuring port.
	Kind string `json:"kind"`
	// Group is the table line that shows this row together with similar ones, such as "the Pods of orders". From one node,
	// the expectation is the same for all rows of a group.
	Group string `json:"group"`
	// Target is the URL. ToPod is the Pod at its address; empty if the target is not a Pod.
	Target   string  `json:"target"`
	ToPod    string  `json:"toPod"`
	Expected Verdict `json:"expected"`
	// Reason explains the expectation.
	Reason   string  `json:"reason"`
	Measured Verdict `json:"measured"`
	// Code, Cause, Detail and Command explain why the connection failed or was not answered, in the same words as the map.
	Code         failure.Code    `json:"code"`
	Cause        diagnosis.Cause `json:"cause"`
	Detail       string          `json:"detail"`
	Command      string          `json:"command"`
	Milliseconds float64         `json:"milliseconds"`
	// Same reports whether the measurement is as expected.
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
