package hostcheck

import (
	"os"
	"testing"
)

// /proc/self shows the namespaces of the main thread, so no check may run on it.
func TestChecksInNamespacesDoNotMoveTheProcess(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can create these namespaces")
	}
	before := namespacesOfMainThread(t)
	for range 500 {
		if err := inNamespaces(func() {}); err != nil {
			t.Skipf("namespaces cannot be created here: %v", err)
		}
	}
	if after := namespacesOfMainThread(t); after != before {
		t.Errorf("the process is in %v, want %v", after, before)
	}
}

func namespacesOfMainThread(t *testing.T) (links [2]string) {
	t.Helper()
	for i, kind := range []string{"net", "mnt"} {
		link, err := os.Readlink("/proc/self/ns/" + kind)
		if err != nil {
			t.Fatal(err)
		}
		links[i] = link
	}
	return links
}
