package service

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"example.com/kubernetes-networking/apps/explorer/network"
	probe "example.com/kubernetes-networking/apps/probe/service"
)

// dialed is a Service that the probe tried to reach.
type dialed struct {
	name     string
	declared bool
	reached  bool
}

// checkPolicies lets the probe open a connection to every Service whose Pods are ready. Those that the explorer is not
// declared to call have to stay closed; an answer of one that it is declared to call shows that the others' silence
// has a reason. A cluster without a network plugin that enforces NetworkPolicies accepts them all the same.
func (s Sources) checkPolicies(ctx context.Context, workloads []network.Workload) network.Policies {
	var mutex sync.Mutex
	var results []dialed
	var asked sync.WaitGroup
	for _, workload := range workloads {
		if workload.Component == "explorer" || workload.Ready == 0 {
			continue // no policy comes between a Pod and itself; and nobody answers where no Pod is ready
		}
		for i := range workload.Services {
			service := &workload.Services[i] // no copy: another part of it is being written at this moment
			if len(service.Ports) == 0 {
				continue
			}
			asked.Go(func() {
				address := fmt.Sprintf("%s:%d", service.DNSName, service.Ports[0].Port)
				var dialing probe.Dialing
				if err := s.Probe.Get(ctx, "/dial?address={address}", &dialing, address); err != nil {
					return // observe says that the probe is away
				}
				mutex.Lock()
				defer mutex.Unlock()
				results = append(results, dialed{service.Name, slices.Contains(s.Calls, address), dialing.Failure == nil})
			})
		}
	}
	asked.Wait()
	return conclude(results)
}

func conclude(results []dialed) network.Policies {
	var open, closed []string
	answered := false
	for _, result := range results {
		switch {
		case result.declared:
			answered = answered || result.reached
		case result.reached:
			open = append(open, result.name)
		default:
			closed = append(closed, result.name)
		}
	}
	slices.Sort(open)
	slices.Sort(closed)
	switch {
	case len(open) > 0:
		return network.Policies{Enforced: "no", Detail: fmt.Sprintf("NetworkPolicies are not enforced here: no call from the "+
			"explorer to %s is declared, and it is let through. Either the cluster lacks a network plugin that enforces them, such "+
			"as Calico, Cilium or kube-router, or somebody has deleted them.", strings.Join(open, ", "))}
	case answered && len(closed) > 0:
		return network.Policies{Enforced: "yes", Detail: fmt.Sprintf("The cluster enforces NetworkPolicies: what the explorer is "+
			"declared to call answers, and %s, to which no call is declared, cannot be reached.", strings.Join(closed, ", "))}
	}
	return network.Policies{Enforced: "unknown", Detail: "Whether the cluster enforces NetworkPolicies cannot be told from here: it takes a service and a database in this " +
		"namespace, both ready."}
}

// addresses are the hosts and ports of these URLs, which contract.Load has checked.
func addresses(urls ...string) ([]string, error) {
	var found []string
	for _, text := range urls {
		at, err := url.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("read the URL of a service: %w", err)
		}
		port := at.Port()
		if port == "" {
			port = map[string]string{"http": "80", "https": "443"}[at.Scheme]
		}
		found = append(found, at.Hostname()+":"+port)
	}
	return found, nil
}
