package diagnosis

import (
	"cmp"
	"fmt"
	"strings"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/failure"
	"example.com/kubernetes-networking/apps/internal/measure"
)

// afterConnecting explains what went wrong when the connection was there already: it is the callee itself.
func afterConnecting(namespace string, from, to contract.Node, measured measure.Measurement) string {
	where := ""
	if to.Workload != "" {
		where = look(namespace, "logs -l app.kubernetes.io/name=%s --tail=20", to.Workload)
	}
	switch {
	case measured.Failure.Code == failure.Timeout:
		return fmt.Sprintf("%s connected to %s in %.1f ms, and no answer came within %.1f s: the Pod that took the connection is slow, or hangs.",
			from.Name, to.Name, measured.Connection.Milliseconds, waited(measured)/1000) + where
	case measured.Failure.Code == failure.Server && measured.Answer != nil:
		return fmt.Sprintf("%s answered %s: the way there is in order, and the callee failed.", answerer(to, measured), measured.Answer.Text) + where
	default:
		return fmt.Sprintf("%s connected to %s in %.1f ms, and got no answer that is understood. %s",
			from.Name, to.Name, measured.Connection.Milliseconds, strings.TrimSpace(measured.Failure.Detail)) + where
	}
}

// answerer is who answered, as far as the protocol tells.
func answerer(to contract.Node, measured measure.Measurement) string {
	if measured.Answer.Pod == "" {
		return to.Name
	}
	return fmt.Sprintf("%s (Pod %s)", to.Name, measured.Answer.Pod)
}

// waited is how many milliseconds of a measurement are left for its last step.
func waited(measured measure.Measurement) float64 {
	return measured.Milliseconds - measured.Connection.Milliseconds - cmp.Or(measured.Resolution, &measure.Resolution{}).Milliseconds
}
