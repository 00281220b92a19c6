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

// pause is between one picture and the next, so that a rollout with its many small changes is a few pictures only.
const pause = 100 * time.Millisecond

// Watcher keeps a picture of one namespace.
type Watcher struct {
	namespace string
	host      string

	pods, services, deployments, statefulSets, endpointSlices, policies, labs *resource
	pulse                                                                     *pulse

	dirty  chan struct{} // has one message when the picture is older than what it is made of
	latest atomic.Pointer[picture]
	// labKnown is whether the latest picture names the active lab.
	labKnown bool
	logged   bool // whether the log has it that something is wrong
}

// picture is what is known at one moment. Nothing in it changes any more.
type picture struct {
	network  Network
	policies []networking.NetworkPolicy
	replaced chan struct{} // closed when another picture takes its place
}

// Watch watches namespace on the API server that config describes, until ctx ends. It returns at once: as long as the API
// server does not answer, Network says so, and the watch goes on by itself when it does. It needs the verbs list and watch
// for pods and services, deployments and statefulsets (group apps), endpointslices (discovery.k8s.io) and
// networkpolicies (networking.k8s.io), and for the configmap that names the active lab.
func Watch(ctx context.Context, config *rest.Config, namespace string) (*Watcher, error) {
	api, err := newServer(config)
	if err != nil {
		return nil, err
	}
	w := &Watcher{namespace: namespace, host: config.Host, dirty: make(chan struct{}, 1)}
	// Services and Pods belong to a workload by selectors, which is how Kubernetes sees it; not by our label.
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
		*each.into = newResource(client, namespace, each.kind, w.touch)
	}
	client, err := api.client(core.SchemeGroupVersion)
	if err != nil {
		return nil, err
	}
	w.pulse = &pulse{from: client, namespace: namespace, changed: w.touch}
	w.latest.Store(&picture{replaced: make(chan struct{})})
	w.draw(time.Now())
	for _, resource := range w.resources() {
		go resource.run(ctx)
	}
	go w.pulse.run(ctx)
	go w.run(ctx)
	return w, nil
}

// Network is the latest picture. It never blocks. All callers share what is in it: nobody may change it.
func (w *Watcher) Network() Network { return w.latest.Load().network }

// Policies are the NetworkPolicies of the namespace, by name. All callers share them: nobody may change them.
func (w *Watcher) Policies() []networking.NetworkPolicy { return w.latest.Load().policies }

// Changed is closed when the picture that Network returned before is not the latest any more. Ask for it before Network,
// so that no change in between is missed, and again for the change after.
func (w *Watcher) Changed() <-chan struct{} { return w.latest.Load().replaced }

func (w *Watcher) resources() []*resource {
	return []*resource{w.pods, w.services, w.deployments, w.statefulSets, w.endpointSlices, w.policies, w.labs}
}

// touch says that the picture is old.
func (w *Watcher) touch() {
	select {
	case w.dirty <- struct{}{}:
	default: // it is known
	}
}

// run draws when something has changed, and every second while something is wrong, since the sentence about it counts. While
// nothing is, the picture is that of the present second, however long ago it was put together.
func (w *Watcher) run(ctx context.Context) {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.dirty:
			w.draw(time.Now())
		case now := <-second.C:
			if w.Network().Problem == "" && len(w.troubles(now)) == 0 {
				w.confirm(now)
			} else {
				w.draw(now)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// draw puts the picture together. Only one that differs is a change.
func (w *Watcher) draw(now time.Time) {
	found := objects{
		pods: all[core.Pod](w.pods), services: all[core.Service](w.services),
		deployments: all[apps.Deployment](w.deployments), statefulSets: all[apps.StatefulSet](w.statefulSets),
		slices: all[discovery.EndpointSlice](w.endpointSlices),
	}
	last := w.latest.Load()
	next := &picture{replaced: last.replaced, policies: inOrder(all[networking.NetworkPolicy](w.policies))}
	next.network = Network{Namespace: w.namespace, Workloads: joinWorkloads(found), Services: joinServices(found)}
	w.nameLab(&next.network, last.network, now)
	next.network.ObservedAt, next.network.Problem = w.assess(len(next.network.Workloads), now)
	if same(last, next) {
		w.latest.Store(next)
		return
	}
	next.replaced = make(chan struct{})
	w.latest.Store(next)
	close(last.replaced)
}

// nameLab fills in the active lab, and since when it is.
func (w *Watcher) nameLab(next *Network, last Network, now time.Time) {
	next.Lab, next.LabBefore, next.LabSince = "", last.LabBefore, last.LabSince
	for _, found := range all[core.ConfigMap](w.labs) {
		next.Lab = found.Data[contract.LabKey]
	}
	if next.Lab != last.Lab && w.labKnown {
		next.LabBefore, next.LabSince = last.Lab, now.UTC()
	}
	w.labKnown = w.labs.arrived.Load()
}

// confirm says that the picture is still as it was, which is no change.
func (w *Watcher) confirm(now time.Time) {
	next := *w.latest.Load()
	next.network.ObservedAt = now.UTC()
	w.latest.Store(&next)
}

// same reports whether two pictures differ in nothing but when they were put together.
func same(a, b *picture) bool {
	first, second := a.network, b.network
	first.ObservedAt = second.ObservedAt
	return reflect.DeepEqual(first, second) && reflect.DeepEqual(a.policies, b.policies)
}
