package diagnosis

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/contract/failure"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/explorer/prose"
)

// headless is the ClusterIP of a headless Service. Its name resolves to the addresses of its ready Pods.
const headless = "None"

// noEndpoints reports whether the Service has no ready endpoint, and explains why.
func (c call) noEndpoints() (Diagnosis, bool) {
	if !c.found || hasReady(c.service) {
		return Diagnosis{}, false
	}
	if c.measured.Failure.Code == failure.DNS && c.service.ClusterIP != headless {
		return Diagnosis{}, false // the name of a Service with a ClusterIP resolves even without endpoints
	}
	cause, why, command := c.noReadyPod()
	return diagnosed(c.seen, failure.NoEndpoints, cause,
		fmt.Sprintf("The Service %s has no ready endpoint: %s.", c.service.Name, why), "%s", command), true
}

func hasReady(service network.Service) bool {
	return slices.ContainsFunc(service.Endpoints, func(endpoint network.Endpoint) bool { return endpoint.Ready })
}

// noReadyPod returns why no Pod behind the Service is ready, and the arguments of the kubectl command that shows it.
func (c call) noReadyPod() (cause Cause, why, command string) {
	if len(c.service.Selector) == 0 {
		return NoSelector, "it has no selector, and nobody has created an EndpointSlice for it", "describe service " + c.service.Name
	}
	if c.behind == nil {
		return NothingSelected, fmt.Sprintf("it selects Pods with %s, and no Pod has these labels%s",
				labels.FormatLabels(c.service.Selector), c.nearest()),
			"get pods --show-labels"
	}
	kind, name := c.behind.Kind, c.behind.Name
	object := strings.ToLower(kind) + " " + name
	switch {
	case c.behind.Desired == 0:
		return ScaledToZero, fmt.Sprintf("the %s %s is scaled to zero", kind, name), "get " + object
	case len(c.behind.Pods) == 0:
		return NoPods, fmt.Sprintf("the %s %s should have %s, but has none", kind, name,
			prose.Count(int(c.behind.Desired), "Pod")), "describe " + object
	default:
		cause, because := PodsNotReady, c.missingDatabase()
		if because != "" {
			cause = DatabaseDown
		}
		return cause, fmt.Sprintf("none of the %s of %s is ready (%s)%s", prose.Count(len(c.behind.Pods), "Pod"), name,
				states(c.behind.Pods), because),
			"describe pods -l " + labels.FormatLabels(c.service.Selector)
	}
}

// nearest describes the workload whose labels match most of the selector, and how they differ. Among equal matches it
// prefers the workload that the topology declares behind the Service.
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
	return fmt.Sprintf("; the closest match, %s, has %s", near.Name, prose.List(other))
}

// states returns how many Pods are in each state, such as "1 CrashLoopBackOff, 2 Running".
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

// missingDatabase explains that the called service's own database has no ready endpoint, since a service is ready only
// when its database answers. It returns "" if the database has one.
func (c call) missingDatabase() string {
	for _, node := range c.topology.Nodes {
		if node.Kind != contract.DatabaseNode || node.Owner != c.to.Name {
			continue
		}
		if service, found := c.seen.Service(node.Name); !found || !hasReady(service) {
			return ", because they are ready only when their database answers, and " + node.Name + " has no ready endpoint either"
		}
	}
	return ""
}
