package story

import (
	"fmt"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/explorer/policy"
)

// service is the address that the name stands for.
func (r request) service(service network.Service) Step {
	text := "The name's address is the Service's ClusterIP. No Pod has it: kube-proxy, or what a cluster has in its place, has every node " +
		"replace it, for each new connection, with the address of one of the Pods behind the Service, and the Service's port with theirs."
	if service.ClusterIP == "None" {
		text = "The Service is headless: it has no ClusterIP, and DNS answers with the addresses of its Pods."
	}
	step := Step{
		ID: "service", Title: "The name stands for a Service", Text: text,
		Facts:    []Fact{{"Service", service.Name}, {"ClusterIP", service.ClusterIP}},
		Commands: []string{r.kubectl("get service %s -o wide", service.Name)},
	}
	for _, port := range service.Ports {
		step.Facts = append(step.Facts, Fact{"Port", fmt.Sprintf("%d → %s of the Pod", port.Port, port.TargetPort)})
	}
	return step
}

// endpoints are the Pods behind the Service.
func (r request) endpoints(service network.Service) Step {
	show := `{range .items[*].endpoints[*]}{.addresses[0]} ready={.conditions.ready} {.targetRef.name}{"\n"}{end}`
	step := Step{
		ID: "endpoints", Title: "The EndpointSlice lists the Pods behind it",
		Text: "Kubernetes keeps, in EndpointSlices, the addresses of the Pods that have the labels of the Service's selector. " +
			"Only those that pass their readiness probe get connections.",
		Facts:    []Fact{},
		Commands: []string{r.kubectl("get endpointslices -l kubernetes.io/service-name=%s -o jsonpath='%s'", service.Name, show)},
	}
	for _, endpoint := range service.Endpoints {
		state := endpoint.State()
		if answer := r.measured.Answer; answer != nil && answer.Pod != "" && answer.Pod == endpoint.Pod {
			state = "ready, and it is this one that answered"
		}
		step.Facts = append(step.Facts, Fact{endpoint.Pod, endpoint.Socket() + ", " + state})
	}
	if len(step.Facts) == 0 {
		step.Facts = append(step.Facts, Fact{"Endpoints", "none"})
	}
	return step
}

// policy is what the network policies make of the connection.
func (r request) policy() Step {
	step := Step{
		ID: "policy", Title: "Network policies decide",
		Text: "A Pod that no policy selects is open. One that is selected may do what any of its policies allows, and nothing else. Both ends " +
			"count: egress of the caller and ingress of the called Pod. Policies see the Pod's address and port, not the Service's.",
	}
	caller, _ := r.seen.Workload(r.from.Workload)
	from := policy.Peer{Labels: caller.Labels}
	out := policy.Selecting(r.policies, r.seen.Namespace, from, policy.Egress)
	selecting := slices.Clone(out)
	step.Facts = []Fact{{"Out of " + r.from.Name, orNone(out)}}
	if r.to.Kind == contract.ExternalNode {
		step.Facts = append(step.Facts, Fact{"Into " + r.to.Name, "it is outside of the namespace, where its policies, if any, cannot be seen"})
	} else {
		callee, _ := r.seen.Workload(r.to.Workload)
		to := policy.Peer{Labels: callee.Labels, Ports: ports(callee)}
		in := policy.Selecting(r.policies, r.seen.Namespace, to, policy.Ingress)
		step.Facts = append(step.Facts, Fact{"Into " + r.to.Name, orNone(in)}, Fact{"Let through by", orNone(r.letting(from, to, out, in))})
		selecting = append(selecting, in...)
	}
	slices.Sort(selecting)
	if selecting = slices.Compact(selecting); len(selecting) > 0 {
		step.Commands = []string{r.kubectl("describe networkpolicy %s", strings.Join(selecting, " "))}
	} else {
		step.Commands = []string{r.kubectl("get networkpolicies")}
	}
	return step
}

// letting are the policies, among those that select an end, that have a rule for the connection.
func (r request) letting(from, to policy.Peer, out, in []string) []string {
	var names []string
	for _, one := range r.policies {
		if !slices.Contains(out, one.Name) && !slices.Contains(in, one.Name) {
			continue
		}
		alone := []networking.NetworkPolicy{one}
		if policy.Check(alone, r.seen.Namespace, from, to, core.ProtocolTCP, int32(r.to.PodPort)).Allowed {
			names = append(names, one.Name)
		}
	}
	return names
}

// ports are those that the containers of a workload declare, by name.
func ports(of network.Workload) map[string]int32 {
	ports := map[string]int32{}
	for _, container := range of.Containers {
		for _, port := range container.Ports {
			ports[port.Name] = port.Port
		}
	}
	return ports
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
