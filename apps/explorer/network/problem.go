package network

import "time"

// problem says why the picture is empty or old. An old picture is as of the moment when the first watch broke.
func (w *Watcher) problem(network *Network, now time.Time) string {
	if troubles := w.troubles(now); len(troubles) > 0 {
		return explain(w.host, w.namespace, troubles, now)
	}
	var missing []string
	for _, resource := range w.resources() {
		if !resource.arrived.Load() {
			missing = append(missing, resource.name)
		}
	}
	switch {
	case len(missing) > 0:
		return "The Kubernetes API has been asked for " + enumerate(missing) + ", and has not told yet."
	case len(network.Workloads) == 0:
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
	return found
}
