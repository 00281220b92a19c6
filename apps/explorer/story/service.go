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

// service returns the step of the Service to which the name resolves.
func (r request) service(service network.Service) Step {
	text := "The name resolves to the Service's ClusterIP, which no Pod has. On each node, kube-proxy, or what a " +
		"cluster uses instead, forwards each new connection to one of the ready Pods behind the Service: it replaces the " +
		"ClusterIP with the Pod's address, and the port with the targetPort."
	if service.ClusterIP == "None" {
		text = "The Service is headless: it has no ClusterIP, and its name resolves to the addresses of its Pods."
	}
	step := Step{
		ID: "service", Title: "The name resolves to a Service", Text: text,
		Facts:    []Fact{{"Service", service.Name}, {"ClusterIP", service.ClusterIP}},
		Commands: []Command{r.kubectl("get service %s -o wide", service.Name)},
	}
	for _, port := range service.Ports {
		step.Facts = append(step.Facts, Fact{"Port", fmt.Sprintf("%d forwards to targetPort %s", port.Port, port.TargetPort)})
	}
	return step
}

// endpoints returns the step of the Pods behind the Service.
func (r request) endpoints(service network.Service) Step {
	show := `{range .items[*].endpoints[*]}{.addresses[0]} ready={.conditions.ready} {.targetRef.name}{"\n"}{end}`
	step := Step{
		ID: "endpoints", Title: "The EndpointSlice lists the Pods behind it",
		Text: "Kubernetes keeps, in EndpointSlices, the addresses of the Pods that have the labels of the Service's " +
			"selector. Only those that pass their readiness probe get connections.",
		Facts:    []Fact{},
		Commands: []Command{r.kubectl("get endpointslices -l kubernetes.io/service-name=%s -o jsonpath='%s'", service.Name, show)},
	}
	for _, endpoint := range service.Endpoints {
		state := endpoint.State()
		if answer := r.measured.Answer; answer != nil && answer.Pod != "" && answer.Pod == endpoint.Pod {
			state = "ready, and this one answered"
		}
		step.Facts = append(step.Facts, Fact{endpoint.Pod, endpoint.Socket() + ", " + state})
	}
	if len(step.Facts) == 0 {
		step.Facts = append(step.Facts, Fact{"Endpoints", "none"})
	}
	return step
}

// policy returns the step of the network policies that apply to the connection.
func (r request) policy() Step {
	step := Step{
		ID: "policy", Title: "Network policies decide",
		Text: "A Pod that no policy selects accepts and opens any connection. A Pod that a policy selects can do only " +
			"what one of its policies allows. Both ends count: egress of the caller and ingress of the called Pod. Policies " +
			"apply to the Pod's address and port, not the Service's.",
	}
	caller, _ := r.seen.Workload(r.from.Workload)
	from := policy.Peer{Labels: caller.Labels}
	out := policy.Selecting(r.policies, r.seen.Namespace, from, policy.Egress)
	selecting := slices.Clone(out)
	step.Facts = []Fact{{"Out of " + r.from.Name, orNone(out)}}
	if r.to.Kind == contract.ExternalNode {
		step.Facts = append(step.Facts,
			Fact{"Into " + r.to.Name, "outside the namespace: the explorer cannot read its policies"})
	} else {
		called, _ := r.seen.Workload(r.to.Workload)
		to := policy.Peer{Labels: called.Labels, Ports: called.NamedPorts()}
		in := policy.Selecting(r.policies, r.seen.Namespace, to, policy.Ingress)
		step.Facts = append(step.Facts, Fact{"Into " + r.to.Name, orNone(in)},
			Fact{"Allowed by", orNone(r.allowing(from, to, out, in))})
		selecting = append(selecting, in...)
	}
	slices.Sort(selecting)
	if selecting = slices.Compact(selecting); len(selecting) > 0 {
		step.Commands = []Command{r.kubectl("describe networkpolicy %s", strings.Join(selecting, " "))}
	} else {
		step.Commands = []Command{r.kubectl("get networkpolicies")}
	}
	return step
}

// allowing returns the policies with a rule for the connection, among those that select one of its ends.
func (r request) allowing(from, to policy.Peer, out, in []string) []string {
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

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
