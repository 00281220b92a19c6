package network

import (
	"log/slog"
	"time"

	"example.com/kubernetes-networking/apps/explorer/prose"
)

// assess says of when a picture with so many workloads is, and why it is empty or old.
func (w *Watcher) assess(workloads int, now time.Time) (asOf time.Time, problem string) {
	asOf = now.UTC()
	troubles := w.troubles(now)
	if len(troubles) == 0 {
		w.log(false, "")
		return asOf, w.lack(workloads)
	}
	for _, trouble := range troubles {
		if trouble.arrived && trouble.since.Before(asOf) {
			asOf = trouble.since.UTC()
		}
	}
	problem = explain(w.host, w.namespace, troubles, asOf, now)
	w.log(true, problem)
	return asOf, problem
}

// log says once that something is wrong, and once that it is not any more.
func (w *Watcher) log(trouble bool, problem string) {
	switch {
	case trouble && !w.logged:
		slog.Warn("the network cannot be watched, what is known of it is shown", "problem", problem)
	case !trouble && w.logged:
		slog.Info("the network is watched again")
	}
	w.logged = trouble
}

// lack says what is not there though nothing is wrong.
func (w *Watcher) lack(workloads int) string {
	var missing []string
	for _, resource := range w.resources() {
		if !resource.arrived.Load() {
			missing = append(missing, resource.name)
		}
	}
	switch {
	case len(missing) > 0:
		return "The Kubernetes API has not returned the " + prose.List(missing) + " yet."
	case workloads == 0:
		return "No workload in the namespace " + w.namespace + " has the label " + partOf + ": deploy the demo with pulumi up."
	}
	return ""
}

// troubles are what is wrong at the moment.
func (w *Watcher) troubles(now time.Time) []trouble {
	var found []trouble
	for _, resource := range w.resources() {
		if trouble, wrong := resource.trouble(now); wrong {
			found = append(found, trouble)
		}
	}
	if trouble, wrong := w.pulse.trouble(now, w.services.arrived.Load()); wrong {
		found = append(found, trouble)
	}
	return found
}
