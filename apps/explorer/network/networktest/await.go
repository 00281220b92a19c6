package networktest

import (
	"testing"
	"time"

	"example.com/kubernetes-networking/apps/explorer/network"
)

// Watch watches a namespace until the test ends.
func (a *API) Watch(t *testing.T, namespace string) *network.Watcher {
	t.Helper()
	watcher, err := network.Watch(t.Context(), a.Config(), namespace)
	if err != nil {
		t.Fatal(err)
	}
	return watcher
}

// limit exceeds the time that a watch takes to retry on a busy machine.
const limit = 20 * time.Second

// Await blocks until a picture satisfies wanted, and returns it.
func Await(t *testing.T, watcher *network.Watcher, wanted func(network.Network) bool) network.Network {
	t.Helper()
	late := time.After(limit)
	for {
		changed := watcher.Changed()
		latest := watcher.Network()
		if wanted(latest) {
			return latest
		}
		select {
		case <-changed:
		case <-late:
			t.Fatalf("the picture is still %+v", latest)
		}
	}
}
