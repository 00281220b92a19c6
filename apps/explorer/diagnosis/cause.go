package diagnosis

import (
	"fmt"

	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/internal/failure"
)

// Cause is what is wrong, in a word for programs. The map, the matrix, a request's page, /topology.json and make verify name
// the same one.
type Cause string

// The causes, in the order of a request's way.
const (
	DNSDenied       Cause = "dns-denied"       // the network policies deny DNS to the caller
	DNSUnanswered   Cause = "dns-unanswered"   // no DNS server answers, and no policy denies it
	NotResolved     Cause = "not-resolved"     // a DNS server answers with something else than an address
	ServiceMissing  Cause = "service-missing"  // no Service has the name
	NoSelector      Cause = "no-selector"      // the Service selects no Pods, and has no endpoints
	NothingSelected Cause = "nothing-selected" // no Pod has the labels that the Service selects
	ScaledToZero    Cause = "scaled-to-zero"
	NoPods          Cause = "no-pods"        // the workload has none although it wants some
	PodsNotReady    Cause = "pods-not-ready" // their readiness probe fails
	DatabaseDown    Cause = "database-down"  // Pods are not ready because their own database has no ready endpoint
	PortMissing     Cause = "port-missing"   // the Service does not have the port that is called
	WrongTargetPort Cause = "wrong-target-port"
	PolicyDenied    Cause = "policy-denied"
	NoAnswer        Cause = "no-answer" // the connection was made, and no answer came in time
	ServerFailed    Cause = "server-failed"
	InvalidAnswer   Cause = "invalid-answer"
	Unexplained     Cause = "unexplained"
)

// Diagnosis is why a call fails. It is the same for all Pods of the caller. The zero Diagnosis is that of a call that works.
type Diagnosis struct {
	Code  failure.Code
	Cause Cause
	// Detail are sentences for a person.
	Detail string
	// Command shows it in a terminal; empty if none does.
	Command string
}

// String is the detail with the command.
func (d Diagnosis) String() string { return Sentence(d.Detail, d.Command) }

// Sentence is a detail with the command that shows what it is about, if there is one.
func Sentence(detail, command string) string {
	if command == "" {
		return detail
	}
	return detail + " Look at: " + command
}

// kubectl is a command in a namespace.
func kubectl(namespace, format string, arguments ...any) string {
	return "kubectl -n " + namespace + " " + fmt.Sprintf(format, arguments...)
}

// diagnosed is a diagnosis with a command in the namespace that is seen.
func diagnosed(seen network.Network, code failure.Code, cause Cause, detail, format string, arguments ...any) Diagnosis {
	return Diagnosis{Code: code, Cause: cause, Detail: detail, Command: kubectl(seen.Namespace, format, arguments...)}
}
