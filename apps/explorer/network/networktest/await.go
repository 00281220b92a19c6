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

// limit is longer than a watch takes to try again, on a machine that has much else to do.
const limit = 20 * time.Second

// Await returns the first picture that is as wanted.
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
