package network

import (
	"log/slog"
	"time"

	"example.com/kubernetes-networking/apps/explorer/prose"
)

// assess returns the time of the state, and why it is missing or outdated.
func (w *Watcher) assess(troubles []trouble, pending []string, workloads int, now time.Time) (asOf time.Time, problem string) {
	asOf = now.UTC()
	if len(troubles) == 0 {
		w.log(false, "")
		return asOf, w.missing(pending, workloads)
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

// log logs the start and the end of a problem.
func (w *Watcher) log(trouble bool, problem string) {
	switch {
	case trouble && !w.logged:
		slog.Warn("watching the namespace failed: showing the last known state", "problem", problem)
	case !trouble && w.logged:
		slog.Info("watching the namespace works again")
	}
	w.logged = trouble
}

// pending returns the names of the resources whose lists have not arrived yet.
func (w *Watcher) pending() (names []string) {
	for _, resource := range w.resources() {
		if !resource.arrived.Load() {
			names = append(names, resource.name)
		}
	}
	return names
}

// missing describes what is missing although no watch has a problem; "" if nothing is.
func (w *Watcher) missing(pending []string, workloads int) string {
	switch {
	case len(pending) > 0:
		return "The Kubernetes API has not returned the " + prose.List(pending) + " yet."
	case workloads == 0:
		return "No workload in the namespace " + w.namespace + " has the label " + partOf + ": deploy the demo with pulumi up."
	}
	return ""
}

// troubles returns the current problems.
func (w *Watcher) troubles(now time.Time) []trouble {
	var found []trouble
	for _, resource := range w.resources() {
		if trouble, wrong := resource.state.trouble(resource.name, resource.arrived.Load(), now); wrong {
			found = append(found, trouble)
		}
	}
	if trouble, wrong := w.pulse.state.trouble(w.services.name, w.services.arrived.Load(), now); wrong {
		found = append(found, trouble)
	}
	return found
}
