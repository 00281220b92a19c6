package service

import (
	"fmt"
	"net/http"
	"strings"

	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/internal/problem"
)

// podFacts returns the facts about a Pod, such as its address, and the Services whose EndpointSlices contain it.
func podFacts(pod network.Pod, workload network.Workload, seen network.Network) facts {
	return facts{Name: pod.Name, Title: "Pod " + pod.Name, Facts: []fact{
		{"IP", one(pod.IP)},
		{"Node", one(pod.Node)},
		{"Containers and their ports", containerFacts(workload.Containers)},
		{"Services in front", servicesOf(pod.Name, seen.Services)},
		{"Readiness", []string{readiness(pod)}},
		{"Restarts", []string{fmt.Sprint(pod.Restarts)}},
		{"Controlled by", one(strings.TrimSuffix(pod.Owner+", of "+workload.Kind+" "+workload.Name, ", of "+pod.Owner))},
	}}
}

// one returns a list of one value; nil if the value is empty.
func one(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}

func readiness(pod network.Pod) string {
	if pod.Ready {
		return "ready"
	}
	return "not ready, " + pod.State
}

func containerFacts(containers []network.Container) []string {
	var made []string
	for _, container := range containers {
		var ports []string
		for _, port := range container.Ports {
			ports = append(ports, strings.TrimSpace(fmt.Sprintf("%d %s", port.Port, port.Name)))
		}
		if len(ports) == 0 {
			ports = []string{"declares no port"}
		}
		made = append(made, container.Name+": "+strings.Join(ports, ", "))
	}
	return made
}

// servicesOf returns the Services that have the Pod as an endpoint, and the state of the endpoint.
func servicesOf(pod string, services []network.Service) []string {
	var made []string
	for _, service := range services {
		for _, endpoint := range service.Endpoints {
			switch {
			case endpoint.Pod != pod:
				continue
			case len(service.Ports) == 0:
				made = append(made, service.Name+", headless: its name resolves to "+endpoint.Address)
			default:
				made = append(made, fmt.Sprintf("%s %s:%d → %s, %s", service.Name, service.ClusterIP, service.Ports[0].Port,
					endpoint.Socket(), endpoint.State()))
			}
			break
		}
	}
	return made
}

// find returns a Pod and its workload.
func find(pod string, seen network.Network) (network.Pod, network.Workload, bool) {
	for _, workload := range seen.Workloads {
		for _, found := range workload.Pods {
			if found.Name == pod {
				return found, workload, true
			}
		}
	}
	return network.Pod{}, network.Workload{}, false
}

func (s *site) showPod(w http.ResponseWriter, r *http.Request) error {
	seen := s.Cluster.Network()
	pod, workload, found := find(r.PathValue("name"), seen)
	if !found {
		return problem.New(http.StatusNotFound, "There is no Pod %s: when a Pod is replaced, the new one has another "+
			"name. The map at / shows all Pods.", r.PathValue("name"))
	}
	shown := nodePage{facts: podFacts(pod, workload, seen), Problems: one(seen.Problem), Commands: []string{
		fmt.Sprintf("kubectl -n %s get pod %s -o wide", seen.Namespace, pod.Name),
		fmt.Sprintf("kubectl -n %s describe pod %s", seen.Namespace, pod.Name),
	}}
	if pod.Node != "" {
		shown.Commands = append(shown.Commands,
			fmt.Sprintf("kubectl get node %s -o jsonpath='{.spec.podCIDR}{\"\\n\"}'", pod.Node))
	}
	return s.pages.show(w, http.StatusOK, "node", page{Title: shown.Title, Section: "Map", Content: shown})
}
