package drawing_test

import (
	"fmt"
	"slices"
	"testing"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/drawing"
	"example.com/kubernetes-networking/apps/explorer/network"
)

// demo is a topology with these services, each with a database and each calling the next, and the picture of it with so
// many Pods a service. Every call fails with the longest code, which makes the widest labels.
func demo(replicas int, services ...string) (contract.Topology, calls.Picture) {
	var topology contract.Topology
	add := func(node contract.Node) { topology.Nodes = append(topology.Nodes, node) }
	call := func(from, to string) { topology.Calls = append(topology.Calls, contract.Call{From: from, To: to}) }
	for _, name := range services {
		database := name + "-database"
		add(contract.Node{Name: name, Kind: contract.ServiceNode, Workload: name})
		add(contract.Node{Name: database, Kind: contract.DatabaseNode, Workload: database, Owner: name})
		call(name, database)
		call(name, "traces")
		call("explorer", name)
	}
	for i := range services[1:] {
		call(services[i], services[i+1])
		call(services[i+1], services[i])
	}
	add(contract.Node{Name: "explorer", Kind: contract.ExplorerNode, Workload: "explorer"})
	add(contract.Node{Name: "traces", Kind: contract.CollectorNode, Workload: "explorer"})
	add(contract.Node{Name: "kubernetes.default.svc", Kind: contract.ExternalNode, URL: "tcp://kubernetes.default.svc:443"})
	call("explorer", "kubernetes.default.svc")
	return topology, seen(topology, replicas)
}

func seen(topology contract.Topology, replicas int) calls.Picture {
	var picture calls.Picture
	for _, node := range topology.Nodes {
		if node.Kind == contract.ExternalNode {
			continue
		}
		service := network.Service{Name: node.Name, ClusterIP: "10.0.0.1", Ports: []network.Port{{Port: 80}}}
		if node.Kind != contract.CollectorNode {
			picture.Network.Workloads = append(picture.Network.Workloads, workload(node, replicas))
		}
		behind, _ := picture.Network.Workload(node.Workload)
		for _, pod := range behind.Pods {
			service.Endpoints = append(service.Endpoints, network.Endpoint{Pod: pod.Name, Ready: pod.Ready})
		}
		picture.Network.Services = append(picture.Network.Services, service)
	}
	for _, call := range topology.Calls {
		picture.Calls = append(picture.Calls, calls.Call{From: call.From, To: call.To, State: calls.Failing, Code: "NO ENDPOINTS"})
	}
	return picture
}

func workload(node contract.Node, replicas int) network.Workload {
	kind := "Deployment"
	if node.Kind != contract.ServiceNode {
		replicas = 1
	}
	made := network.Workload{Kind: kind, Name: node.Workload, Desired: int32(replicas), Ready: int32(replicas)}
	for i := range replicas {
		made.Pods = append(made.Pods, network.Pod{Name: fmt.Sprintf("%s-5b8f-%05d", node.Workload, i), Ready: true})
	}
	if node.Kind == contract.ExplorerNode {
		made.Containers = []network.Container{{Name: "explorer", Ports: []network.ContainerPort{{Port: 8080}}}, {Name: "probe"}}
	}
	return made
}

func TestTheMapHasAColumnPerServiceAndThePodWithTheSidecar(t *testing.T) {
	drawn := drawing.Draw(demo(3, "clients", "orders", "products"))
	at := map[string]drawing.Rect{}
	for _, node := range drawn.Nodes {
		at[node.Name] = node.Rect
	}
	for i, name := range []string{"clients", "orders", "products"} {
		box, database := drawn.Boxes[2*i], drawn.Boxes[2*i+1]
		if box.Name != name || database.Name != name+"-database" {
			t.Fatalf("column %d has the boxes %s and %s", i, box.Name, database.Name)
		}
		if len(box.Pods) != 3 || len(database.Pods) != 1 {
			t.Errorf("%s is drawn with %d Pods and its database with %d", name, len(box.Pods), len(database.Pods))
		}
		heights := []int{box.Y, at[name].Y, at[name+"-database"].Y, database.Y}
		if !slices.IsSorted(heights) {
			t.Errorf("from top to bottom the column of %s is at %v", name, heights)
		}
		if i > 0 && box.X <= drawn.Boxes[2*i-2].X {
			t.Errorf("%s is not to the right of the column before", name)
		}
	}
	sidecar := drawn.Boxes[6]
	if len(sidecar.Containers) != 2 || sidecar.Containers[0].Name != "explorer" || sidecar.Containers[1].Name != "probe" || drawn.Localhost == nil {
		t.Errorf("the sidecar's Pod is drawn as %+v, with %+v between", sidecar.Containers, drawn.Localhost)
	}
}

func TestPodsThatDoNotFitAreCounted(t *testing.T) {
	for replicas, want := range map[int]struct {
		pods int
		note string
	}{1: {1, ""}, 9: {9, ""}, 12: {12, ""}, 13: {12, "+1"}, 1000: {12, "+988"}, 0: {0, "scaled to zero"}} {
		box := drawing.Draw(demo(replicas, "clients", "orders")).Boxes[0]
		if len(box.Pods) != want.pods || box.Note != want.note {
			t.Errorf("%d Pods are drawn as %d and %q, want %d and %q", replicas, len(box.Pods), box.Note, want.pods, want.note)
		}
		for _, pod := range box.Pods {
			if pod.X < box.X+20 || pod.X > box.X+box.W-20 || pod.Y < box.Y+20 || pod.Y > box.Y+box.H-20 {
				t.Errorf("with %d Pods %s is drawn outside of its box", replicas, pod.Name)
			}
		}
	}
}

func TestALineLeadsToEachPodBehindAService(t *testing.T) {
	topology, picture := demo(3, "clients")
	picture.Network.Services[0].Endpoints[1].Ready = false
	picture.Network.Services[0].Endpoints = picture.Network.Services[0].Endpoints[:2]
	var ready []bool
	for _, line := range drawing.Draw(topology, picture).Behind[:2] {
		ready = append(ready, line.Ready)
	}
	if !slices.Equal(ready, []bool{true, false}) {
		t.Errorf("the lines of clients are ready: %v, want true and false", ready)
	}
	// The database's Pod, and the explorer's behind two Services.
	if rest := len(drawing.Draw(topology, picture).Behind) - 2; rest != 3 {
		t.Errorf("%d lines are drawn besides, want 3", rest)
	}
}

func TestAnAddressThatDoesNotFitWithItsPortHasNone(t *testing.T) {
	topology, picture := demo(3, "clients", "orders", "products")
	for i := range picture.Network.Services {
		service := &picture.Network.Services[i]
		if service.ClusterIP = "10.96.125.227"; service.Name == "traces" {
			service.Ports = []network.Port{{Port: 4318}}
		}
	}
	for _, node := range drawing.Draw(topology, picture).Nodes {
		want := "10.96.125.227:80"
		switch node.Name {
		case "traces":
			want = "10.96.125.227"
		case "kubernetes.default.svc":
			want = "tcp port 443"
		}
		if node.Address != want {
			t.Errorf("%s has the address %q, want %q", node.Name, node.Address, want)
		}
	}
}

func TestMissingObjectsAreMarked(t *testing.T) {
	topology, picture := demo(3, "clients", "orders")
	picture.Network.Services = picture.Network.Services[1:]
	drawn := drawing.Draw(topology, picture)
	if node := drawn.Nodes[0]; !node.Missing || node.Address != "does not exist" {
		t.Errorf("a missing Service is drawn as %+v", node)
	}
	blind := drawing.Draw(topology, calls.Picture{})
	if node, box := blind.Nodes[0], blind.Boxes[0]; node.Address != "unknown" || box.Note != "unknown" {
		t.Errorf("without a picture a Service is %q and a workload %q", node.Address, box.Note)
	}
}

func TestFailingCallsArePaintedLast(t *testing.T) {
	topology, picture := demo(1, "clients", "orders")
	for i := range picture.Calls {
		picture.Calls[i].State = []calls.State{calls.Failing, calls.Working, calls.Unknown}[i%3]
	}
	drawn := drawing.Draw(topology, picture)
	last := drawn.Lines[len(drawn.Lines)-1]
	if drawn.Lines[0].State != calls.Unknown || last.State != calls.Failing {
		t.Errorf("the first line is %s and the last one %s", drawn.Lines[0].State, last.State)
	}
	if drawn.Calls[0].State != calls.Failing {
		t.Errorf("the order of the links is no longer the topology's: the first one is %s", drawn.Calls[0].State)
	}
}

func TestAPodShowsTheEndOfItsAddressAndTheFrameTheStart(t *testing.T) {
	for name, test := range map[string]struct {
		nodes, addresses []string // of the Pods of clients
		short            []string
		hosts            string
	}{
		"one node":          {[]string{"a", "a"}, []string{"10.244.0.6", "10.244.0.17"}, []string{".6", ".17"}, "Node a, Pods 10.244.0.*"},
		"two nodes":         {[]string{"a", "b"}, []string{"10.244.0.6", "10.244.1.6"}, []string{".6", ".6"}, "Nodes a 10.244.0.* · b 10.244.1.*"},
		"a wide range":      {[]string{"a", "a"}, []string{"10.0.3.6", "10.0.4.6"}, []string{".3.6", ".4.6"}, "Node a, Pods 10.0.*.*"},
		"nothing in common": {[]string{"a", "a"}, []string{"10.0.3.6", "192.168.0.1"}, []string{"10.0.3.6", "192.168.0.1"}, "Node a"},
		"no address yet":    {[]string{"a", "a"}, []string{"10.244.0.6", ""}, []string{".6", ""}, "Node a, Pods 10.244.0.*"},
		"not scheduled yet": {[]string{"a", ""}, []string{"10.244.0.6", ""}, []string{".6", ""}, "Node a, Pods 10.244.0.*"},
		"IPv6":              {[]string{"a", "a"}, []string{"fd00::6", "fd00::7"}, []string{"fd00::6", "fd00::7"}, "Node a"},
	} {
		topology, picture := demo(2, "clients")
		picture.Network.Workloads = picture.Network.Workloads[:1]
		for i := range picture.Network.Workloads[0].Pods {
			pod := &picture.Network.Workloads[0].Pods[i]
			pod.Node, pod.IP = test.nodes[i], test.addresses[i]
		}
		drawn := drawing.Draw(topology, picture)
		var short []string
		for _, pod := range drawn.Boxes[0].Pods {
			short = append(short, pod.Address)
		}
		slices.Sort(short)
		slices.Sort(test.short)
		if !slices.Equal(short, test.short) || drawn.HostsText() != test.hosts {
			t.Errorf("%s: the Pods show %q at %q, want %q at %q", name, short, drawn.HostsText(), test.short, test.hosts)
		}
	}
}
