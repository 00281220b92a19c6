//go:build e2e

package e2e

import "testing"

// quietStart brings the demo up in a new namespace, which has no events of earlier steps.
func (s *story) quietStart(t *testing.T) {
	s.run("make up")
	const namespace = "kubectl --namespace kubernetes-networking "
	columns := " --no-headers --output custom-columns=:.reason,:.involvedObject.name,:.message"
	for what, command := range map[string]string{
		"warnings":                  namespace + "get events --field-selector type=Warning" + columns,
		"budgets that find no Pods": namespace + "get events --field-selector reason=NoPods" + columns,
		"lines in the logs above the level of information": namespace + "logs --selector app.kubernetes.io/part-of=kubernetes-networking" +
			` --all-containers --prefix --tail=-1 | grep -E '"level":"(WARN|ERROR)"|(WARNING|ERROR|FATAL|PANIC):' || true`,
	} {
		if found := s.run(command + " 2>/dev/null"); found != "" { // kubectl reports on stderr that there are no events
			t.Errorf("%s:\n%s", what, found)
		}
	}
}
