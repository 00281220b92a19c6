package network_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/explorer/network/networktest"
)

// heavy returns a Pod with the metadata of a real cluster's Pods, 20 kB of it.
func heavy(name, ip string) *core.Pod {
	pod := networktest.Pod(name, "orders", ip)
	pod.Annotations = map[string]string{"kubectl.kubernetes.io/last-applied-configuration": strings.Repeat("a", 10_000)}
	pod.ManagedFields = []meta.ManagedFieldsEntry{{
		Manager: "kubelet", FieldsV1: &meta.FieldsV1{Raw: []byte(`{"f:status":{"` + strings.Repeat("f", 8_000) + `":{}}}`)},
	}}
	pod.Spec.Containers = []core.Container{{Name: "orders", Image: "registry/orders", Args: []string{strings.Repeat("e", 2_000)}}}
	pod.Status.ContainerStatuses = []core.ContainerStatus{{Name: "orders", Image: "registry/orders", ImageID: strings.Repeat("i", 64)}}
	return pod
}

// inUse returns the size of the reachable memory.
func inUse() int64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC() // frees the finalized objects of the first
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

func TestAThousandPodsTakeLittleMemory(t *testing.T) {
	const pods, most = 1_000, 5 << 20
	api := networktest.New(t)
	api.Set(networktest.Deployment("orders", "service", 8080))
	for i := range pods {
		api.Set(heavy(fmt.Sprintf("orders-%04d", i), fmt.Sprintf("10.244.%d.%d", i/250, i%250)))
	}
	before := inUse()
	watcher := api.Watch(t, networktest.Namespace)
	networktest.Await(t, watcher, func(picture network.Network) bool {
		return live(picture) && len(podsOf(picture, "orders")) == pods
	})
	taken := inUse() - before
	// Objects that are allocated after the last collection count, too, although they may be garbage: try again.
	for attempt := 0; taken > most && attempt < 50; attempt++ {
		time.Sleep(100 * time.Millisecond)
		taken = min(taken, inUse()-before)
	}
	t.Logf("%d Pods take %d kB", pods, taken>>10)
	if taken > most {
		t.Errorf("%d Pods take %d kB, want %d at most", pods, taken>>10, most>>10)
	}
	runtime.KeepAlive(watcher)
}
