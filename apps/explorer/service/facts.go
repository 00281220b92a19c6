package service

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/network"
)

// mostAddresses limits the addresses and Pods that are listed.
const mostAddresses = 9

// facts are what is known of a node.
type facts struct {
	Name, Title string
	Facts       []fact
}

type fact struct {
	Name   string
	Values []string
}

// factsOf are those of the Service, if the cluster has it, and of the workload behind it.
func factsOf(node contract.Node, seen network.Network) facts {
	if node.Kind == contract.ExternalNode {
		return facts{node.Name, node.Name + ", outside of the namespace", []fact{{"URL", []string{node.URL}}}}
	}
	told := facts{Name: node.Name, Title: "Service " + node.Name}
	if service, found := seen.Service(node.Name); found {
		told.Facts = serviceFacts(service)
	} else {
		told.Facts = []fact{{"Service", []string{"the cluster has none of this name"}}}
	}
	if workload, found := seen.Workload(node.Workload); found {
		told.Facts = append(told.Facts, fact{"Pods of the " + workload.Kind, podsFacts(workload.Pods)})
	}
	return told
}

func serviceFacts(service network.Service) []fact {
	var ports, selector []string
	for _, port := range service.Ports {
		ports = append(ports, fmt.Sprintf("%s %d → %s %s", port.Name, port.Port, port.TargetPort, port.Protocol))
	}
	for _, label := range slices.Sorted(maps.Keys(service.Selector)) {
		selector = append(selector, label+"="+service.Selector[label])
	}
	told := []fact{
		{"ClusterIP", []string{service.ClusterIP}},
		{"DNS name", []string{service.DNSName}},
		{"Ports", ports},
	}
	if len(service.External) > 0 {
		told = append(told, fact{"From outside", service.External})
	}
	return append(told, fact{"Selector", selector}, fact{"EndpointSlice", endpointFacts(service.Endpoints)})
}

func endpointFacts(endpoints []network.Endpoint) []string {
	return first(endpoints, func(endpoint network.Endpoint) string {
		return strings.TrimSuffix(endpoint.Socket()+" "+endpoint.State()+", "+endpoint.Pod, ", ")
	})
}

func podsFacts(pods []network.Pod) []string {
	return first(pods, func(pod network.Pod) string {
		return fmt.Sprintf("%s: %s, %s", pod.Name, cmp.Or(pod.IP, "no address yet"), readiness(pod))
	})
}

// first lists the first elements, and counts the rest.
func first[T any](all []T, tell func(T) string) []string {
	var told []string
	for i, one := range all {
		if i == mostAddresses {
			return append(told, fmt.Sprintf("and %d more", len(all)-i))
		}
		told = append(told, tell(one))
	}
	return told
}
