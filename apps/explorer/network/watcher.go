package network

import (
	"context"
	"reflect"
	"sync/atomic"
	"time"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	networking "k8s.io/api/networking/v1"
	"k8s.io/client-go/rest"

	"example.com/kubernetes-networking/apps/contract"
)

// partOf selects the demo's own workloads.
const partOf = "app.kubernetes.io/part-of=kubernetes-networking"

// pause is the time between two pictures, so that the many small changes of a rollout result in few pictures.
const pause = 100 * time.Millisecond

// Watcher keeps the state of one namespace up to date.
type Watcher struct {
	namespace string
	host      string

	pods, services, deployments, statefulSets, endpointSlices, policies, labs *resource
	pulse                                                                     *pulse

	stale  chan struct{} // holds a message when objects have changed since the latest picture
	latest atomic.Pointer[picture]
	// labKnown is true if the latest picture contains the active lab.
	labKnown bool
	logged   bool // whether a problem has been logged
}

// picture is the state at one moment. It is immutable.
type picture struct {
	network  Network
	policies []networking.NetworkPolicy
	replaced chan struct{} // closed when the next picture replaces this one
}

// Watch watches a namespace on the API server in config until ctx ends. It does not wait for the API server: until the
// server answers, Network returns a Problem. Watch needs the verbs list and watch for pods, services, deployments and
// statefulsets (group apps), endpointslices (discovery.k8s.io), networkpolicies (networking.k8s.io), and for the
// ConfigMap with the active lab.
func Watch(ctx context.Context, config *rest.Config, namespace string) (*Watcher, error) {
	api, err := newServer(config)
	if err != nil {
		return nil, err
	}
	w := &Watcher{namespace: namespace, host: config.Host, stale: make(chan struct{}, 1)}
	// Selectors assign Services and Pods to workloads, as in Kubernetes itself, not the demo's label.
	for _, each := range []struct {
		into **resource
		kind kind
	}{
		{&w.pods, kind{"pods", core.SchemeGroupVersion, "", &core.Pod{}, trimmed(trimPod), ""}},
		{&w.services, kind{"services", core.SchemeGroupVersion, "", &core.Service{}, trimmed(trimService), ""}},
		{&w.deployments, kind{"deployments", apps.SchemeGroupVersion, partOf, &apps.Deployment{}, trimmed(trimDeployment), ""}},
		{&w.statefulSets, kind{"statefulsets", apps.SchemeGroupVersion, partOf, &apps.StatefulSet{}, trimmed(trimStatefulSet), ""}},
		{&w.endpointSlices, kind{"endpointslices", discovery.SchemeGroupVersion, "", &discovery.EndpointSlice{}, trimmed(trimSlice), ""}},
		{&w.policies, kind{"networkpolicies", networking.SchemeGroupVersion, "", &networking.NetworkPolicy{}, trimmed(trimPolicy), ""}},
		{&w.labs, kind{"configmaps", core.SchemeGroupVersion, "", &core.ConfigMap{}, trimmed(trimConfigMap), contract.LabConfigMap}},
	} {
		client, err := api.client(each.kind.group)
		if err != nil {
			return nil, err
		}
		*each.into = newResource(client, namespace, each.kind, w.markStale)
	}
	client, err := api.client(core.SchemeGroupVersion)
	if err != nil {
		return nil, err
	}
	w.pulse = &pulse{from: client, namespace: namespace, changed: w.markStale}
	w.latest.Store(&picture{replaced: make(chan struct{})})
	w.update(time.Now())
	for _, resource := range w.resources() {
		go resource.run(ctx)
	}
	go w.pulse.run(ctx)
	go w.run(ctx)
	return w, nil
}

// Network returns the latest state. It never blocks. Callers share its slices and maps, and must not change them.
func (w *Watcher) Network() Network { return w.latest.Load().network }

// Policies returns the NetworkPolicies of the namespace, sorted by name. Callers share them, and must not change them.
func (w *Watcher) Policies() []networking.NetworkPolicy { return w.latest.Load().policies }

// Changed returns a channel that is closed when the state changes. Call Changed before Network, so that no change in
// between is missed.
func (w *Watcher) Changed() <-chan struct{} { return w.latest.Load().replaced }

func (w *Watcher) resources() []*resource {
	return []*resource{w.pods, w.services, w.deployments, w.statefulSets, w.endpointSlices, w.policies, w.labs}
}

// markStale requests a new picture.
func (w *Watcher) markStale() {
	select {
	case w.stale <- struct{}{}:
	default: // already requested
	}
}

// run creates a picture when an object has changed, and every second during a problem, because its sentence counts
// seconds. Otherwise it confirms the latest picture every second.
func (w *Watcher) run(ctx context.Context) {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.stale:
			w.update(time.Now())
		case now := <-second.C:
			if w.Network().Problem == "" && len(w.troubles(now)) == 0 {
				w.confirm(now)
			} else {
				w.update(now)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// update creates a picture. It closes the channel of Changed only if the picture differs from the latest one.
func (w *Watcher) update(now time.Time) {
	// Read before the objects: a list that arrives in between is reported as missing, and not shown as empty.
	troubles, pending, labKnown := w.troubles(now), w.pending(), w.labs.arrived.Load()
	found := objects{
		pods: all[core.Pod](w.pods), services: all[core.Service](w.services),
		deployments: all[apps.Deployment](w.deployments), statefulSets: all[apps.StatefulSet](w.statefulSets),
		slices: all[discovery.EndpointSlice](w.endpointSlices),
	}
	last := w.latest.Load()
	next := &picture{replaced: last.replaced, policies: sortPolicies(all[networking.NetworkPolicy](w.policies))}
	next.network = Network{Namespace: w.namespace, Workloads: joinWorkloads(found), Services: joinServices(found)}
	w.setLab(&next.network, last.network, now)
	w.labKnown = labKnown
	next.network.ObservedAt, next.network.Problem = w.assess(troubles, pending, len(next.network.Workloads), now)
	if same(last, next) {
		w.latest.Store(next)
		return
	}
	next.replaced = make(chan struct{})
	w.latest.Store(next)
	close(last.replaced)
}

// setLab sets the active lab, and the time of its last change.
func (w *Watcher) setLab(next *Network, last Network, now time.Time) {
	next.Lab, next.LabBefore, next.LabSince = "", last.LabBefore, last.LabSince
	for _, found := range all[core.ConfigMap](w.labs) {
		next.Lab = found.Data[contract.LabKey]
	}
	if next.Lab != last.Lab && w.labKnown {
		next.LabBefore, next.LabSince = last.Lab, now.UTC()
	}
}

// confirm updates ObservedAt of the latest picture, which is not a change.
func (w *Watcher) confirm(now time.Time) {
	next := *w.latest.Load()
	next.network.ObservedAt = now.UTC()
	w.latest.Store(&next)
}

// same reports whether two pictures are equal except for ObservedAt.
func same(a, b *picture) bool {
	first, second := a.network, b.network
	first.ObservedAt = second.ObservedAt
	return reflect.DeepEqual(first, second) && reflect.DeepEqual(a.policies, b.policies)
}
