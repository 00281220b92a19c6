package diagnosis

import (
	"cmp"
	"fmt"
	"strings"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/contract/failure"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/internal/probe"
)

// afterConnecting explains a failure after the connection was made. The cause is the called service itself.
func afterConnecting(seen network.Network, to contract.Node, measured probe.Measurement) Diagnosis {
	found := Diagnosis{Code: measured.Failure.Code}
	if to.Workload != "" {
		found.Command = kubectl(seen.Namespace, "logs -l app.kubernetes.io/name=%s --tail=20", to.Workload)
	}
	switch {
	case measured.Failure.Code == failure.Timeout:
		found.Cause = NoAnswer
		found.Detail = fmt.Sprintf("%s accepted the connection, and sent no answer within %.0f s: the called service is "+
			"slow, or hangs.",
			to.Name, waited(measured)/1000)
	case measured.Failure.Code == failure.Server && measured.Answer != nil:
		found.Cause = ServerFailed
		found.Detail = fmt.Sprintf("%s answered %s: the connection works, and the called service failed.", to.Name,
			measured.Answer.Text)
	default:
		found.Cause = InvalidAnswer
		found.Detail = fmt.Sprintf("%s accepted the connection, and sent no valid answer. %s", to.Name,
			strings.TrimSpace(measured.Failure.Detail))
	}
	return found
}

// waited returns how many milliseconds the last step of a measurement took.
func waited(measured probe.Measurement) float64 {
	resolution := cmp.Or(measured.Resolution, &probe.Resolution{})
	return measured.Milliseconds - measured.Connection.Milliseconds - resolution.Milliseconds
}
