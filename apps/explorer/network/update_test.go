package network

import (
	"testing"
	"time"

	"k8s.io/client-go/tools/cache"
)

// late is the store of a list that arrives just after it was read.
type late struct {
	cache.Store
	resource *resource
}

func (l late) List() []any {
	found := l.Store.List()
	l.resource.arrived.Store(true)
	return found
}

func TestAListThatArrivesDuringAnUpdateIsReportedAsMissing(t *testing.T) {
	w := &Watcher{namespace: "demo", pulse: &pulse{}}
	for name, into := range map[string]**resource{
		"pods": &w.pods, "services": &w.services, "deployments": &w.deployments, "statefulsets": &w.statefulSets,
		"endpointslices": &w.endpointSlices, "networkpolicies": &w.policies, "configmaps": &w.labs,
	} {
		*into = &resource{name: name, Store: cache.NewStore(cache.MetaNamespaceKeyFunc)}
		(*into).arrived.Store(true)
	}
	w.endpointSlices.arrived.Store(false)
	w.endpointSlices.Store = late{w.endpointSlices.Store, w.endpointSlices}
	w.latest.Store(&picture{replaced: make(chan struct{})})
	w.update(time.Now())
	if got, want := w.Network().Problem, "The Kubernetes API has not returned the endpointslices yet."; got != want {
		t.Errorf("the problem is %q, want %q", got, want)
	}
}
