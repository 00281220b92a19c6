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

// mostAddresses limits the listed addresses and Pods.
const mostAddresses = 9

// facts are the facts about a node or a Pod.
type facts struct {
	Name, Title string
	Facts       []fact
}

type fact struct {
	Name   string
	Values []string
}

// factsOf returns the facts about a node: its Service and the Pods of its workload.
func factsOf(node contract.Node, seen network.Network) facts {
	if node.Kind == contract.ExternalNode {
		return facts{node.Name, node.Name + ", outside the namespace", []fact{{"URL", []string{node.URL}}}}
	}
	result := facts{Name: node.Name, Title: "Service " + node.Name}
	if service, found := seen.Service(node.Name); found {
		result.Facts = serviceFacts(service)
	} else {
		result.Facts = []fact{{"Service", []string{"does not exist"}}}
	}
	if workload, found := seen.Workload(node.Workload); found {
		result.Facts = append(result.Facts, fact{"Pods of the " + workload.Kind, podsFacts(workload.Pods)})
	}
	return result
}

func serviceFacts(service network.Service) []fact {
	var ports, selector []string
	for _, port := range service.Ports {
		ports = append(ports, fmt.Sprintf("%s %d → %s %s", port.Name, port.Port, port.TargetPort, port.Protocol))
	}
	for _, label := range slices.Sorted(maps.Keys(service.Selector)) {
		selector = append(selector, label+"="+service.Selector[label])
	}
	rows := []fact{
		{"ClusterIP", []string{service.ClusterIP}},
		{"DNS name", []string{service.DNSName}},
		{"Ports", ports},
	}
	if len(service.External) > 0 {
		rows = append(rows, fact{"From outside", service.External})
	}
	return append(rows, fact{"Selector", selector}, fact{"EndpointSlice", endpointFacts(service.Endpoints)})
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

// first formats the first elements, and counts the rest.
func first[T any](all []T, format func(T) string) []string {
	var rows []string
	for i, one := range all {
		if i == mostAddresses {
			return append(rows, fmt.Sprintf("and %d more", len(all)-i))
		}
		rows = append(rows, format(one))
	}
	return rows
}
