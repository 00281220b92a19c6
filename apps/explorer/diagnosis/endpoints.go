package diagnosis

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/explorer/prose"
	"example.com/kubernetes-networking/apps/internal/failure"
)

// headless is the ClusterIP of a Service that has none: its name is that of its ready Pods.
const headless = "None"

// noEndpoints explains why the Service leads to no Pod, and reports whether it does not.
func (c call) noEndpoints() (Diagnosis, bool) {
	if !c.found || hasReady(c.service) {
		return Diagnosis{}, false
	}
	if c.measured.Failure.Code == failure.DNS && c.service.ClusterIP != headless {
		return Diagnosis{}, false // the name has an address all the same
	}
	cause, why, command := c.nobodyBehind()
	return diagnosed(c.seen, failure.NoEndpoints, cause, fmt.Sprintf("The Service %s has no ready endpoint: %s.", c.service.Name, why), "%s", command), true
}

func hasReady(service network.Service) bool {
	return slices.ContainsFunc(service.Endpoints, func(endpoint network.Endpoint) bool { return endpoint.Ready })
}

// nobodyBehind is why no Pod is ready behind the Service, and the arguments of kubectl that show it.
func (c call) nobodyBehind() (cause Cause, why, command string) {
	if len(c.service.Selector) == 0 {
		return NoSelector, "it has no selector, and nobody has given it an EndpointSlice", "describe service " + c.service.Name
	}
	if c.behind == nil {
		return NothingSelected, fmt.Sprintf("it selects Pods with %s, and no Pod has these labels%s", labels.FormatLabels(c.service.Selector), c.nearest()),
			"get pods --show-labels"
	}
	kind, name := c.behind.Kind, c.behind.Name
	object := strings.ToLower(kind) + " " + name
	switch {
	case c.behind.Desired == 0:
		return ScaledToZero, fmt.Sprintf("the %s %s is scaled to zero", kind, name), "get " + object
	case len(c.behind.Pods) == 0:
		return NoPods, fmt.Sprintf("the %s %s wants %s and has none", kind, name, prose.Count(int(c.behind.Desired), "Pod")), "describe " + object
	default:
		cause, because := PodsNotReady, c.databaseDown()
		if because != "" {
			cause = DatabaseDown
		}
		return cause, fmt.Sprintf("none of the %s of %s is ready (%s)%s", prose.Count(len(c.behind.Pods), "Pod"), name, states(c.behind.Pods), because),
			"describe pods -l " + labels.FormatLabels(c.service.Selector)
	}
}

// nearest says which labels the Pods have that come nearest to the selector: those of the workload that is meant, if there
// is one.
func (c call) nearest() string {
	fits := func(workload network.Workload) int {
		fitting := 0
		for key, value := range c.service.Selector {
			if workload.Labels[key] == value {
				fitting += 2
			}
		}
		if workload.Name == c.to.Workload {
			fitting++
		}
		return fitting
	}
	if len(c.seen.Workloads) == 0 {
		return ""
	}
	near := slices.MaxFunc(c.seen.Workloads, func(a, b network.Workload) int { return cmp.Compare(fits(a), fits(b)) })
	var other []string
	for _, key := range slices.Sorted(maps.Keys(c.service.Selector)) {
		value, has := near.Labels[key]
		switch {
		case !has:
			other = append(other, "no "+key)
		case value != c.service.Selector[key]:
			other = append(other, key+"="+value)
		}
	}
	return fmt.Sprintf("; the nearest, those of %s, have %s", near.Name, prose.List(other))
}

// states is "2 Running, 1 CrashLoopBackOff".
func states(pods []network.Pod) string {
	number := map[string]int{}
	for _, pod := range pods {
		number[pod.State]++
	}
	var parts []string
	for _, state := range slices.Sorted(maps.Keys(number)) {
		parts = append(parts, fmt.Sprintf("%d %s", number[state], state))
	}
	return strings.Join(parts, ", ")
}

// databaseDown explains that the called service's own database has no endpoint: a service is ready only when its database
// answers.
func (c call) databaseDown() string {
	for _, node := range c.topology.Nodes {
		if node.Kind != contract.DatabaseNode || node.Owner != c.to.Name {
			continue
		}
		if service, found := c.seen.Service(node.Name); !found || !hasReady(service) {
			return ", since it takes their database to be ready, and " + node.Name + " has no ready endpoint either"
		}
	}
	return ""
}
