// Package network is the demo's namespace as the Kubernetes API shows it: workloads, Services, endpoints, Pods and
// network policies, kept up to date by watches.
package network

import "time"

// Network is what runs in a namespace at one moment.
type Network struct {
	Namespace string `json:"namespace"`
	// ObservedAt is when the cluster was last known to be like this: to the second while all watches are open, or when the
	// first watch broke that is broken.
	ObservedAt time.Time `json:"observedAt"`
	// Problem is why the picture is empty or old, in a sentence for a person; empty if it is live.
	Problem string `json:"problem"`
	// Workloads are the demo's own: Deployments first, then StatefulSets, each by name.
	Workloads []Workload `json:"workloads"`
	// Services are all of the namespace, by name.
	Services []Service `json:"services"`
	// Lab is the name of the active lab; empty for none.
	Lab string `json:"lab"`
	// LabBefore was the active lab before LabSince; empty if none was, or if the lab has not changed since the watch began.
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
	// Containers are those of its Pods, native sidecars included.
	Containers []Container `json:"containers"`
	// Labels are those that it gives to its Pods.
	Labels map[string]string `json:"labels"`
	Pods   []Pod             `json:"pods"`
}

// Container is one container of a workload's Pods.
type Container struct {
	Name  string `json:"name"`
	Image string `json:"image"`
	// Ports are those that it declares.
	Ports []ContainerPort `json:"ports"`
}

// ContainerPort is a port that a container says it listens on.
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
	// State is the Pod's phase, Terminating while it is being deleted, or why its container waits.
	State string `json:"state"`
	// Restarts are those of all its containers.
	Restarts  int32     `json:"restarts"`
	CreatedAt time.Time `json:"createdAt"`
}

// Service is a stable name and address for Pods.
type Service struct {
	Name string `json:"name"`
	Type string `json:"type"`
	// ClusterIP is None where the Service is headless.
	ClusterIP string `json:"clusterIP"`
	// External are the addresses outside of the cluster, of a Service of type LoadBalancer.
	External []string `json:"external"`
	Ports    []Port   `json:"ports"`
	DNSName  string   `json:"dnsName"`
	// Selector are the labels that a Pod needs to be behind the Service.
	Selector  map[string]string `json:"selector"`
	Endpoints []Endpoint        `json:"endpoints"`
}

// Port is a port of a Service, and the container's port, by number or name, that it leads to.
type Port struct {
	Name       string `json:"name"`
	Protocol   string `json:"protocol"`
	Port       int32  `json:"port"`
	TargetPort string `json:"targetPort"`
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
