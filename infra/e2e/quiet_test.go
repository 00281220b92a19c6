//go:build e2e

package e2e

import (
	"strings"
	"testing"
)

// authorizerLags reports whether an event is the warning of a kubelet that reads the volumes of a new Pod before the API
// server's node authorizer has seen that the Pod is on its node. The kubelet tries again.
// https://kubernetes.io/docs/reference/access-authn-authz/node/
func authorizerLags(event string) bool {
	return strings.HasPrefix(event, "FailedMount ") && strings.Contains(event, "no relationship found between node")
}

// quietStart deploys the demo to a new namespace, which has no events of earlier steps, and looks for warnings.
func (s *scenario) quietStart(t *testing.T) {
	s.run("make up")
	const namespace = "kubectl --namespace kubernetes-networking "
	columns := " --no-headers --output custom-columns=:.reason,:.involvedObject.name,:.message"
	for what, command := range map[string]string{
		"warnings":                   namespace + "get events --field-selector type=Warning" + columns,
		"budgets that match no Pods": namespace + "get events --field-selector reason=NoPods" + columns,
		"warnings and errors in the logs": namespace + "logs --selector app.kubernetes.io/part-of=kubernetes-networking" +
			` --all-containers --prefix --tail=-1 | grep -E '"level":"(WARN|ERROR)"|(WARNING|ERROR|FATAL|PANIC):' || true`,
	} {
		var found []string
		for line := range strings.Lines(s.run(command + " 2>/dev/null")) { // kubectl reports an empty list on stderr
			if !authorizerLags(line) {
				found = append(found, line)
			}
		}
		if len(found) > 0 {
			t.Errorf("%s:\n%s", what, strings.Join(found, ""))
		}
	}
}
