package hostcheck

import (
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/limits"
)

func TestTooLowLimitIsReportedWithThePlacesToSetIt(t *testing.T) {
	for _, limit := range limits.All {
		got := processLimit(limit, 1024)
		if got.Result != Failed || !strings.Contains(got.Found, "1024 "+limit.Description) {
			t.Errorf("%s: %+v, want a failure that names the value", limit.Name, got)
		}
		for _, remedy := range []string{"ulimit -H " + limit.Flag, limit.Name + " in /etc/security/limits.conf", "Limit" + strings.ToUpper(limit.Name) + "="} {
			if !strings.Contains(got.Remedy, remedy) {
				t.Errorf("%s: the remedy %q does not name %s", limit.Name, got.Remedy, remedy)
			}
		}
		if got := processLimit(limit, limit.Minimum); got.Result != OK {
			t.Errorf("%s: %+v, want OK", limit.Name, got)
		}
	}
}

func TestLimitsSufficeForAllPodsOfANode(t *testing.T) {
	findings := processLimits(Machine{Root: layout.Root(t.TempDir())})
	if len(findings) != len(limits.All) {
		t.Fatalf("%d findings, want one for each of %d limits", len(findings), len(limits.All))
	}
	if err := Failures([]Finding{processLimit(limits.All[0], 4095)}); err == nil || limits.All[0].Name != "nofile" {
		t.Errorf("%s: 4095 suffice, want at least 4096 for 110 Pods of three containers", limits.All[0].Name)
	}
}
