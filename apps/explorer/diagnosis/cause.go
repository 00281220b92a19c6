package diagnosis

import (
	"fmt"

	"example.com/kubernetes-networking/apps/contract/failure"
	"example.com/kubernetes-networking/apps/explorer/network"
)

// Cause identifies the cause of a failure for programs. The map, the matrix, the page of a request, /topology.json and
// make verify use the same causes.
type Cause string

// The causes, in the order of a request's steps.
const (
	DNSDenied       Cause = "dns-denied"       // the network policies deny DNS to the caller
	DNSUnanswered   Cause = "dns-unanswered"   // no DNS server answers, and no policy denies it
	NotResolved     Cause = "not-resolved"     // a DNS server answers, but not with an address
	ServiceMissing  Cause = "service-missing"  // no Service has the name
	NoSelector      Cause = "no-selector"      // the Service selects no Pods, and has no endpoints
	NothingSelected Cause = "nothing-selected" // no Pod has the labels that the Service selects
	ScaledToZero    Cause = "scaled-to-zero"
	NoPods          Cause = "no-pods"        // the workload has no Pod although it should have some
	PodsNotReady    Cause = "pods-not-ready" // their readiness probe fails
	DatabaseDown    Cause = "database-down"  // Pods are not ready because their own database has no ready endpoint
	PortMissing     Cause = "port-missing"   // the Service does not have the called port
	WrongTargetPort Cause = "wrong-target-port"
	PolicyDenied    Cause = "policy-denied"
	NoAnswer        Cause = "no-answer" // the connection was made, but no answer came in time
	ServerFailed    Cause = "server-failed"
	InvalidAnswer   Cause = "invalid-answer"
	Unexplained     Cause = "unexplained"
)

// Diagnosis explains why a call fails. It is the same for all Pods of the caller. The zero Diagnosis belongs to a
// working call.
type Diagnosis struct {
	Code  failure.Code
	Cause Cause
	// Detail explains the cause to a person, in one or more sentences.
	Detail string
	// Command shows the cause in a terminal; empty if no command does.
	Command string
}

// kubectl returns a command in a namespace.
func kubectl(namespace, format string, arguments ...any) string {
	return "kubectl -n " + namespace + " " + fmt.Sprintf(format, arguments...)
}

// diagnosed returns a diagnosis with a kubectl command in the demo's namespace.
func diagnosed(seen network.Network, code failure.Code, cause Cause, detail, format string, arguments ...any) Diagnosis {
	return Diagnosis{Code: code, Cause: cause, Detail: detail, Command: kubectl(seen.Namespace, format, arguments...)}
}
