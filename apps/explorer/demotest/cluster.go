package demotest

import (
	"fmt"

	networking "k8s.io/api/networking/v1"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/explorer/network/networktest"
)

// Cluster is a fake of network.Watcher.
type Cluster struct {
	Seen   network.Network
	Denied []networking.NetworkPolicy
}

// NewCluster returns the healthy demo, with two Pods per service, one per database, and one of the explorer.
func NewCluster() *Cluster {
	return &Cluster{Seen: newNetwork(), Denied: networktest.Policies()}
}

// Network returns the state of the cluster.
func (c *Cluster) Network() network.Network { return c.Seen }

// Policies returns the network policies.
func (c *Cluster) Policies() []networking.NetworkPolicy { return c.Denied }

// Changed returns nil: the cluster never changes.
func (c *Cluster) Changed() <-chan struct{} { return nil }

// Service returns a pointer to the Service of this name, so that a test can change it.
func (c *Cluster) Service(name string) *network.Service {
	for i := range c.Seen.Services {
		if c.Seen.Services[i].Name == name {
			return &c.Seen.Services[i]
		}
	}
	return nil
}

// Policy returns a pointer to the policy of this name.
func (c *Cluster) Policy(name string) *networking.NetworkPolicy {
	for i := range c.Denied {
		if c.Denied[i].Name == name {
			return &c.Denied[i]
		}
	}
	return nil
}

// Workload returns a pointer to the workload of this name.
func (c *Cluster) Workload(name string) *network.Workload {
	for i := range c.Seen.Workloads {
		if c.Seen.Workloads[i].Name == name {
			return &c.Seen.Workloads[i]
		}
	}
	return nil
}

// Unready marks a workload's Pods, and the endpoints of its Services, as not ready.
func (c *Cluster) Unready(name string) {
	workload := c.Workload(name)
	workload.Ready = 0
	for i := range workload.Pods {
		workload.Pods[i].Ready = false
	}
	for i := range c.Seen.Services {
		service := &c.Seen.Services[i]
		for j := range service.Endpoints {
			if service.Selector["app.kubernetes.io/name"] == name {
				service.Endpoints[j].Ready = false
			}
		}
	}
}

// newNetwork returns a network whose Pods have loopback addresses, so that a test can listen on them. The Pods of
// orders, the second workload, have 127.0.2.1 and 127.0.2.2.
func newNetwork() network.Network {
	seen := network.Network{Namespace: Namespace}
	topology := Topology()
	for i, node := range topology.Nodes {
		if node.Kind == contract.ExternalNode {
			continue
		}
		workload, found := seen.Workload(node.Workload)
		if !found {
			workload = newWorkload(node, i+1)
			seen.Workloads = append(seen.Workloads, workload)
		}
		target, _ := contract.ParseTarget(node.URL)
		service := network.Service{
			Name: node.Name, Type: "ClusterIP", ClusterIP: fmt.Sprintf("10.96.0.%d", i+1), DNSName: node.Name + ".demo.svc",
			Ports:    []network.Port{{Name: "port", Protocol: "TCP", Port: int32(target.Port), TargetPort: fmt.Sprint(node.PodPort)}},
			Selector: networktest.Labels(node.Workload),
		}
		for _, pod := range workload.Pods {
			service.Endpoints = append(service.Endpoints,
				network.Endpoint{Address: pod.IP, Port: int32(node.PodPort), Pod: pod.Name, Ready: true})
		}
		seen.Services = append(seen.Services, service)
	}
	return seen
}

func newWorkload(node contract.Node, number int) network.Workload {
	kind, pods := "Deployment", 2
	switch node.Kind {
	case contract.DatabaseNode:
		kind, pods = "StatefulSet", 1
	case contract.ExplorerNode:
		pods = 1
	}
	workload := network.Workload{
		Kind: kind, Name: node.Workload, Desired: int32(pods), Ready: int32(pods), Labels: networktest.Labels(node.Workload),
		Containers: []network.Container{{Name: node.Workload, Ports: []network.ContainerPort{{Name: "port", Port: int32(node.PodPort)}}}},
	}
	if node.Kind == contract.ExplorerNode {
		workload.Containers[0].Ports = append(workload.Containers[0].Ports, network.ContainerPort{Name: "traces", Port: 4318})
	}
	for i := range pods {
		workload.Pods = append(workload.Pods, network.Pod{
			Name: fmt.Sprintf("%s-%d", node.Workload, i), IP: fmt.Sprintf("127.0.%d.%d", number, i+1),
			Ready: true, State: "Running",
		})
	}
	return workload
}
