// Package network holds the state of the demo's namespace: workloads, Services, endpoints, Pods and network policies.
// Watches of the Kubernetes API keep it up to date. Most packages of the explorer read it.
//
// Start with [Watch] and [Network]. resource.go holds one watch, join.go and services.go combine the objects, and
// trim.go drops unused fields.
package network

import "time"

// Network is the state of a namespace at one moment.
type Network struct {
	Namespace string `json:"namespace"`
	// ObservedAt is the latest time at which the state was confirmed: the current second while all watches are open,
	// otherwise the time when the first of the broken watches broke.
	ObservedAt time.Time `json:"observedAt"`
	// Problem explains to a person why the state is missing or outdated; empty if it is live.
	Problem string `json:"problem"`
	// Workloads are the demo's own: Deployments first, then StatefulSets, each sorted by name.
	Workloads []Workload `json:"workloads"`
	// Services are all Services of the namespace, sorted by name.
	Services []Service `json:"services"`
	// Lab is the name of the active lab; empty for none.
	Lab string `json:"lab"`
	// LabBefore is the lab that was active before LabSince; empty if there was none, or if no change was seen yet.
	LabBefore string    `json:"labBefore"`
	LabSince  time.Time `json:"labSince"`
}

// Workload is a Deployment or a StatefulSet, and the Pods behind it.
type Workload struct {
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	Component string `json:"component"`
	Desired   int32  `json:"desired"`
	Ready     int32  `json:"ready"`
	// Containers are the containers of its Pods, native sidecars included.
	Containers []Container `json:"containers"`
	// Labels are the labels of its Pod template.
	Labels map[string]string `json:"labels"`
	Pods   []Pod             `json:"pods"`
}

// Container is one container of a workload's Pods.
type Container struct {
	Name  string `json:"name"`
	Image string `json:"image"`
	// Ports are the declared ports.
	Ports []ContainerPort `json:"ports"`
}

// ContainerPort is a port that a container declares.
type ContainerPort struct {
	Name string `json:"name"`
	Port int32  `json:"port"`
}

// Pod is one replica of a workload.
type Pod struct {
	Name string `json:"name"`
	// IP is empty until the Pod has an address.
	IP   string `json:"ip"`
	Node string `json:"node"`
	// Owner is its controller, such as ReplicaSet orders-5b8f; empty if it has none.
	Owner string `json:"owner"`
	Ready bool   `json:"ready"`
	// State is the Pod's phase, the reason why a container waits, or Terminating during deletion.
	State string `json:"state"`
	// Restarts is the number of restarts of all its containers.
	Restarts  int32     `json:"restarts"`
	CreatedAt time.Time `json:"createdAt"`
}

// Service is a stable name and address for Pods.
type Service struct {
	Name string `json:"name"`
	Type string `json:"type"`
	// ClusterIP is None if the Service is headless.
	ClusterIP string `json:"clusterIP"`
	// External holds the addresses of a Service of type LoadBalancer outside the cluster.
	External []string `json:"external"`
	Ports    []Port   `json:"ports"`
	DNSName  string   `json:"dnsName"`
	// Selector holds the labels of the Pods behind the Service.
	Selector  map[string]string `json:"selector"`
	Endpoints []Endpoint        `json:"endpoints"`
}

// Port is a port of a Service, with the number or name of the container's port to which it forwards.
type Port struct {
	Name       string `json:"name"`
	Protocol   string `json:"protocol"`
	Port       int32  `json:"port"`
	TargetPort string `json:"targetPort"`
}

// NamedPorts returns the ports that the containers declare, by name.
func (w Workload) NamedPorts() map[string]int32 {
	ports := map[string]int32{}
	for _, container := range w.Containers {
		for _, port := range container.Ports {
			ports[port.Name] = port.Port
		}
	}
	return ports
}

// Service returns the Service of this name.
func (n Network) Service(name string) (Service, bool) {
	for _, service := range n.Services {
		if service.Name == name {
			return service, true
		}
	}
	return Service{}, false
}

// Workload returns the workload of this name.
func (n Network) Workload(name string) (Workload, bool) {
	for _, workload := range n.Workloads {
		if workload.Name == name {
			return workload, true
		}
	}
	return Workload{}, false
}
