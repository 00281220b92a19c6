package service_test

import (
	"fmt"
	"sync"
	"time"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/network"
)

// now is the time of all pictures in these tests.
var now = time.Date(2026, 3, 4, 15, 4, 5, 0, time.UTC)

// picture is a fake of both the cluster and the observer.
type picture struct {
	mutex      sync.Mutex
	network    network.Network
	calls      []calls.Call
	unenforced string
	changed    chan struct{}
	// reads counts the calls of Network, and views those of RecordView.
	reads, views int
}

func (p *picture) Network() network.Network {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.reads++
	return p.network
}

func (p *picture) Calls() []calls.Call {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.calls
}

func (p *picture) Unenforced() string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.unenforced
}

func (p *picture) Changed() <-chan struct{} {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.changed
}

func (p *picture) RecordView() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.views++
}

// counts returns how often Network and RecordView were called.
func (p *picture) counts() (reads, views int) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.reads, p.views
}

// change changes the picture, and closes the channel of Changed.
func (p *picture) change(how func(*picture)) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	how(p)
	close(p.changed)
	p.changed = make(chan struct{})
}

// topology returns the topology of the demo.
func topology() contract.Topology {
	made := contract.Topology{}
	for _, name := range []string{"clients", "orders", "products"} {
		made.Nodes = append(made.Nodes,
			contract.Node{Name: name, Kind: contract.ServiceNode, Workload: name, URL: "http://" + name + ".shop.svc:80", PodPort: 8080},
			contract.Node{
				Name: name + "-database", Kind: contract.DatabaseNode, Workload: name + "-database", Owner: name,
				URL: "postgresql://" + name + "-database.shop.svc:5432", PodPort: 5432,
			})
	}
	made.Nodes = append(made.Nodes,
		contract.Node{Name: "explorer", Kind: contract.ExplorerNode, Workload: "explorer", URL: "http://explorer.shop.svc:80", PodPort: 8080},
		contract.Node{Name: "traces", Kind: contract.CollectorNode, Workload: "explorer", URL: "http://traces.shop.svc:4318", PodPort: 4318},
		contract.Node{Name: "kubernetes.default.svc", Kind: contract.ExternalNode, URL: "tcp://kubernetes.default.svc:443"})
	for _, way := range [][2]string{
		{"clients", "orders"},
		{"orders", "clients"},
		{"orders", "products"},
		{"clients", "clients-database"},
		{"orders", "orders-database"},
		{"products", "products-database"},
		{"clients", "traces"},
		{"orders", "traces"},
		{"products", "traces"},
		{"explorer", "clients"},
		{"explorer", "orders"},
		{"explorer", "products"},
		{"explorer", "kubernetes.default.svc"},
	} {
		made.Calls = append(made.Calls, contract.Call{From: way[0], To: way[1], Variable: "URL"})
	}
	return made
}

// demo returns a healthy demo with replicas Pods per service.
func demo(replicas int) *picture {
	seen := &picture{changed: make(chan struct{}), network: network.Network{Namespace: "shop", ObservedAt: now}}
	for i, node := range topology().Nodes {
		address := fmt.Sprintf("10.96.0.%d", i+10)
		switch node.Kind {
		case contract.ServiceNode:
			seen.add(node, "Deployment", replicas, address, 80)
		case contract.DatabaseNode:
			seen.add(node, "StatefulSet", 1, address, 5432)
		case contract.ExplorerNode:
			seen.add(node, "Deployment", 1, address, 80)
			last := &seen.network.Workloads[len(seen.network.Workloads)-1]
			last.Containers = []network.Container{
				{Name: "explorer", Ports: []network.ContainerPort{{Name: "http", Port: 8080}}}, {Name: "probe"},
			}
		case contract.CollectorNode:
			seen.serve(node, address, 4318, seen.network.Workloads[len(seen.network.Workloads)-1].Pods)
		}
	}
	for i, call := range topology().Calls {
		target, _ := topology().Node(call.To)
		seen.calls = append(seen.calls, calls.Call{
			From: call.From, To: call.To, Variable: call.Variable, URL: target.URL,
			State: calls.Working, Milliseconds: 1.25 + float64(i), Pod: call.From + "-5b8f-aaaaa", MeasuredAt: now,
		})
	}
	return seen
}

// add adds a workload with ready Pods, and its Service.
func (p *picture) add(node contract.Node, kind string, replicas int, address string, port int32) {
	workload := network.Workload{Kind: kind, Name: node.Workload, Desired: int32(replicas), Ready: int32(replicas)}
	for i := range replicas {
		name := fmt.Sprintf("%s-5b8f-p%04d", node.Workload, i)
		if kind == "StatefulSet" {
			name = fmt.Sprintf("%s-%d", node.Workload, i)
		}
		workload.Pods = append(workload.Pods, network.Pod{
			Name: name, IP: fmt.Sprintf("10.244.%d.%d", i/250, i%250+len(p.network.Workloads)*20), Node: "node-1", Ready: true, State: "Running",
		})
	}
	p.network.Workloads = append(p.network.Workloads, workload)
	p.serve(node, address, port, workload.Pods)
}

func (p *picture) serve(node contract.Node, address string, port int32, pods []network.Pod) {
	service := network.Service{
		Name: node.Name, Type: "ClusterIP", ClusterIP: address, DNSName: node.Name + ".shop.svc",
		Ports:    []network.Port{{Name: "main", Protocol: "TCP", Port: port, TargetPort: fmt.Sprint(node.PodPort)}},
		Selector: map[string]string{"app.kubernetes.io/name": node.Workload},
	}
	for _, pod := range pods {
		service.Endpoints = append(service.Endpoints, network.Endpoint{Address: pod.IP, Port: int32(node.PodPort), Pod: pod.Name, Ready: true})
	}
	p.network.Services = append(p.network.Services, service)
}

// call returns a pointer to the call from one node to another.
func (p *picture) call(from, to string) *calls.Call {
	for i := range p.calls {
		if p.calls[i].From == from && p.calls[i].To == to {
			return &p.calls[i]
		}
	}
	panic("no call from " + from + " to " + to)
}
