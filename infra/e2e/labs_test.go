//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"example.com/kubernetes-networking/apps/contract"
)

// labs breaks the demo in every way that the configuration knows. Each time the explorer has to name the cause, and
// afterwards everything is as declared again.
//
// A page stays open all the time. No lab restarts the explorer, and the banner and the arrows agree in each frame.
func (s *story) labs(t *testing.T) {
	explorer := s.pods(s.outputs.Namespace)["explorer"]
	stop := frames(t, s.outputs.ExplorerURL)
	for _, lab := range contract.Labs() {
		t.Run(string(lab), func(t *testing.T) {
			s.t = t
			began := time.Now()
			s.run(fmt.Sprintf("pulumi config set lab %s && pulumi up --yes --skip-preview", lab))
			broken := time.Now()
			s.browse(t, "lab", string(lab))
			s.mustFail("make verify", "The lab "+string(lab)+" is active.", names["orders"]+" -> "+names["products"], "are not as declared")
			t.Logf("%s: broken after %.1f s, explained %.1f s later", lab, broken.Sub(began).Seconds(), time.Since(broken).Seconds())
		})
	}
	s.t = t
	s.run("pulumi config rm lab && pulumi up --yes --skip-preview && make ready")
	s.verified(t)
	stop()
	if now := s.pods(s.outputs.Namespace)["explorer"]; !slices.Equal(now, explorer) {
		t.Errorf("the explorer's Pods are %v, want those of before the labs: %v", now, explorer)
	}
}
