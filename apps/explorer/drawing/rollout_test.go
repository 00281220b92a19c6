package drawing_test

import (
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/drawing"
)

// rollout returns a picture during a rollout: the desired Pods are ready, and the other running Pods belong to another
// ReplicaSet and are not ready.
func rollout(desired, running int) (contract.Topology, calls.Picture) {
	topology, picture := demo(running, "clients", "orders")
	for i := range picture.Network.Workloads {
		if workload := &picture.Network.Workloads[i]; len(workload.Pods) == running {
			workload.Desired = int32(desired)
			for j := desired; j < running; j++ {
				workload.Pods[j].Name, workload.Pods[j].Ready = strings.Replace(workload.Pods[j].Name, "5b8f", "7c9d", 1), false
			}
		}
	}
	for i := range picture.Network.Services {
		service := &picture.Network.Services[i]
		for j := range service.Endpoints {
			if j >= desired {
				service.Endpoints[j].Pod = strings.Replace(service.Endpoints[j].Pod, "5b8f", "7c9d", 1)
				service.Endpoints[j].Ready = false
			}
		}
	}
	return topology, picture
}

func TestTheMapKeepsItsSizeDuringARollout(t *testing.T) {
	before := drawing.Draw(rollout(3, 3))
	for running := 1; running <= 8; running++ {
		topology, picture := demo(running, "clients", "orders")
		for i := range picture.Network.Workloads {
			picture.Network.Workloads[i].Desired = min(3, picture.Network.Workloads[i].Desired)
		}
		drawn := drawing.Draw(topology, picture)
		if drawn.Width != before.Width || drawn.Height != before.Height {
			t.Errorf("with %d Pods the map is %d x %d, before it was %d x %d", running, drawn.Width, drawn.Height, before.Width, before.Height)
		}
		for i, node := range drawn.Nodes {
			if node.Rect != before.Nodes[i].Rect {
				t.Errorf("with %d Pods %s moves from %v to %v", running, node.Name, before.Nodes[i].Rect, node.Rect)
			}
		}
	}
}
