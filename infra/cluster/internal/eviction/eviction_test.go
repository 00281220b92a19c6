package eviction_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/eviction"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

func TestAClusterRemembersWhenToEvict(t *testing.T) {
	root := layout.Root(t.TempDir())
	if after, err := eviction.After(root); after != 5*time.Minute || err != nil {
		t.Errorf("a new cluster evicts after %s (%v), want Kubernetes' own 5m0s", after, err)
	}
	if err := eviction.SetAfter(root, 90*time.Second); err != nil {
		t.Fatal(err)
	}
	if after, err := eviction.After(root); after != 90*time.Second || err != nil {
		t.Errorf("it evicts after %s (%v), want 1m30s", after, err)
	}
}

func TestAnInvalidFileIsNamed(t *testing.T) {
	root := layout.Root(t.TempDir())
	if err := os.MkdirAll(root.State(), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{"", "soon", "0s", "-1m", "1500ms"} {
		if err := os.WriteFile(root.State("eviction-after"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if after, err := eviction.After(root); err == nil || !strings.Contains(err.Error(), root.State("eviction-after")) {
			t.Errorf("%q: %s, %v; want an error that names the file", content, after, err)
		}
	}
}
