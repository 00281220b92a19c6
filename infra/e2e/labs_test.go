//go:build e2e

package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/kubernetes-networking/apps/contract"
)

// someLabs turns on a lab that changes a policy, and one that changes a Service.
func (s *scenario) someLabs(t *testing.T) {
	s.explained(t, []contract.Lab{contract.DenyDNS, contract.WrongPort})
}

func (s *scenario) everyLab(t *testing.T) { s.explained(t, contract.Labs()) }

// explained turns on each of the labs. The explorer must show its cause each time, and after the last one everything
// must be as declared again.
//
// A page stays open during all labs. No lab may restart the explorer.
func (s *scenario) explained(t *testing.T, labs []contract.Lab) {
	explorer := s.pods(s.outputs.Namespace)["explorer"]
	stop := frames(t, s.outputs.ExplorerURL)
	for _, lab := range labs {
		t.Run(string(lab), func(t *testing.T) {
			s.t = t
			began := time.Now()
			printed := s.run("make lab ON=" + string(lab))
			if lines := strings.Count(printed, "\n"); lines > 20 || !strings.Contains(printed, "ConfigMap lab") || !strings.Contains(printed, s.outputs.ExplorerURL+"/labs/"+string(lab)) {
				t.Errorf("make lab prints %d lines, want a few with what has changed and where to look:\n%s", lines, printed)
			}
			broken := time.Now()
			s.browse(t, "lab", string(lab))
			s.mustFail("make verify", string(lab), names["orders"]+" -> "+names["products"])
			t.Logf("%s: broken after %.1f s, explained %.1f s later", lab, broken.Sub(began).Seconds(), time.Since(broken).Seconds())
		})
	}
	s.t = t
	s.run("make lab OFF=1 && make ready")
	s.verified(t)
	stop()
	if now := s.pods(s.outputs.Namespace)["explorer"]; !slices.Equal(now, explorer) {
		t.Errorf("the explorer's Pods are %v, want the Pods from before the labs, %v", now, explorer)
	}
}
