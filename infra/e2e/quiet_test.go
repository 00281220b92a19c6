//go:build e2e

package e2e

import "testing"

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
		if found := s.run(command + " 2>/dev/null"); found != "" { // kubectl reports an empty list on stderr
			t.Errorf("%s:\n%s", what, found)
		}
	}
}
