//go:build e2e

package faults

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

// objects creates objects one after the other until a request fails, and records the acknowledged ones.
type objects struct {
	mutex   sync.Mutex
	written []string
}

func writeObjects(t *testing.T) *objects {
	t.Helper()
	o, configMaps := &objects{}, clustertest.Client(t).CoreV1().ConfigMaps("default")
	go func() {
		for i := 0; ; i++ {
			object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("written-%d", i)}}
			if _, err := configMaps.Create(context.Background(), object, metav1.CreateOptions{}); err != nil {
				return
			}
			o.mutex.Lock()
			o.written = append(o.written, object.Name)
			o.mutex.Unlock()
		}
	}()
	return o
}

func (o *objects) acknowledged() []string {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return slices.Clone(o.written)
}

// check fails the test unless all acknowledged objects exist.
func (o *objects) check(t *testing.T) {
	t.Helper()
	list, err := clustertest.Client(t).CoreV1().ConfigMaps("default").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, object := range list.Items {
		found[object.Name] = true
	}
	missing := slices.DeleteFunc(o.acknowledged(), func(name string) bool { return found[name] })
	if len(missing) > 0 {
		t.Errorf("of %d acknowledged objects %d are missing, the first is %s", len(o.acknowledged()), len(missing), missing[0])
	}
}
