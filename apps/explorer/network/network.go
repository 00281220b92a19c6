// Package network reads the demo's workloads, Services and Pods from the Kubernetes API, as one picture.
package network

import (
	"time"

	probe "example.com/kubernetes-networking/apps/probe/service"
)

// Network is what runs in a namespace at one moment.
type Network struct {
	Namespace  string     `json:"namespace"`
	ObservedAt time.Time  `json:"observedAt"`
	Workloads  []Workload `json:"workloads"`
	// ProbeProblem is why the probe could not be asked, empty if it could.
	ProbeProblem string `json:"probeProblem"`
	// Policies says whether network policies count here.
	Policies Policies `json:"policies"`
}

// Policies is whether the cluster enforces NetworkPolicies, seen from the explorer's Pod.
type Policies struct {
	// Enforced is yes, no, or unknown.
	Enforced string `json:"enforced"`
	// Detail is a sentence on why.
	Detail string `json:"detail"`
}

// Workload is a Deployment or a StatefulSet, with the Services in front of it and the Pods behind it.
type Workload struct {
	Kind       string      `json:"kind"`
	Name       string      `json:"name"`
	Component  string      `json:"component"`
	Desired    int32       `json:"desired"`
	Ready      int32       `json:"ready"`
	Containers []Container `json:"containers"`
	Services   []Service   `json:"services"`
	Pods       []Pod       `json:"pods"`
}

// Container is one container of a workload's Pods, native sidecars included.
type Container struct {
	Name  string `json:"name"`
	Image string `json:"image"`
}

// Service is a stable name and address for a workload's Pods.
type Service struct {
	Name      string `json:"name"`
	Type      string `json:"type"`
	ClusterIP string `json:"clusterIP"`
	// External are the addresses outside of the cluster, of a Service of type LoadBalancer.
	External []string `json:"external"`
	Ports    []Port   `json:"ports"`
	DNSName  string   `json:"dnsName"`
	// Resolution is what the probe resolves DNSName to, null if the probe could not be asked.
	Resolution *probe.Resolution `json:"resolution"`
}

// Port is a port of a Service, and the container's port, by number or name, that it leads to.
type Port struct {
	Name       string `json:"name"`
	Protocol   string `json:"protocol"`
	Port       int32  `json:"port"`
	TargetPort string `json:"targetPort"`
}

// Pod is one replica of a workload.
type Pod struct {
	Name  string `json:"name"`
	IP    string `json:"ip"`
	Node  string `json:"node"`
	Ready bool   `json:"ready"`
	// State is the Pod's phase, Terminating while it is being deleted, or why its container waits.
	State string `json:"state"`
}
