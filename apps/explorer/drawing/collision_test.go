package drawing_test

import (
	"fmt"
	"maps"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/drawing"
)

// external is the demo with managed databases, and a second collector outside the namespace.
func external() (contract.Topology, calls.Picture) {
	topology, _ := demo(3, "clients", "orders")
	for i, node := range topology.Nodes {
		if node.Kind == contract.DatabaseNode {
			topology.Nodes[i] = contract.Node{Name: node.Name, Kind: contract.ExternalNode, URL: "postgresql://" + node.Name + ":5432"}
		}
	}
	topology.Nodes = append(topology.Nodes, contract.Node{Name: "collector.example", Kind: contract.ExternalNode, URL: "http://collector.example:4318"})
	topology.Calls = append(topology.Calls, contract.Call{From: "clients", To: "collector.example"}, contract.Call{From: "orders", To: "collector.example"})
	return topology, seen(topology, 3)
}

// far is a demo in which services call services other than their neighbours.
func far() (contract.Topology, calls.Picture) {
	topology, _ := demo(3, "a", "b", "c", "d")
	topology.Calls = append(topology.Calls, contract.Call{From: "a", To: "d"}, contract.Call{From: "d", To: "b"})
	return topology, seen(topology, 3)
}

func pictures() map[string]drawing.Drawing {
	wide := map[string]drawing.Drawing{
		"the demo":           drawing.Draw(demo(3, "clients", "orders", "products")),
		"1000 Pods":          drawing.Draw(demo(1000, "clients", "orders", "products")),
		"one service":        drawing.Draw(demo(1, "clients")),
		"five services":      drawing.Draw(demo(5, "a", "b", "c", "d", "e")),
		"externals":          drawing.Draw(external()),
		"calls over columns": drawing.Draw(far()),
		"3 nodes":            drawing.Draw(spread(external())),
	}
	narrow := map[string]drawing.Drawing{
		"the demo, tall":           drawing.DrawTall(demo(3, "clients", "orders", "products")),
		"1000 Pods, tall":          drawing.DrawTall(demo(1000, "clients", "orders", "products")),
		"one service, tall":        drawing.DrawTall(demo(1, "clients")),
		"five services, tall":      drawing.DrawTall(demo(5, "a", "b", "c", "d", "e")),
		"externals, tall":          drawing.DrawTall(external()),
		"calls over columns, tall": drawing.DrawTall(far()),
		"3 nodes, tall":            drawing.DrawTall(spread(external())),
	}
	maps.Copy(wide, narrow)
	return wide
}

func TestEveryCallIsDrawnAndItsLabelIsReadable(t *testing.T) {
	for name, drawn := range pictures() {
		var labels []drawing.Rect
		for _, call := range drawn.Calls {
			if call.Path == "" {
				t.Errorf("%s: the call from %s to %s is not drawn", name, call.From, call.To)
				continue
			}
			label := drawing.Rect{X: call.Label.Left(), Y: call.Label.Y - 10, W: call.Label.W, H: 20}
			for _, other := range labels {
				if overlap(label, other) {
					t.Errorf("%s: the label from %s to %s covers another label", name, call.From, call.To)
				}
			}
			labels = append(labels, label)
			for what, place := range places(drawn) {
				if overlap(label, place) {
					t.Errorf("%s: the label from %s to %s lies on %s", name, call.From, call.To, what)
				}
			}
			if label.X < 0 || label.X+label.W > drawn.Width || label.Y < 0 || label.Y+label.H > drawn.Height {
				t.Errorf("%s: the label from %s to %s is outside the drawing", name, call.From, call.To)
			}
		}
	}
}

func TestNoArrowRunsThroughABox(t *testing.T) {
	for name, drawn := range pictures() {
		for _, call := range drawn.Calls {
			for what, place := range places(drawn) {
				// One pixel less, because arrows begin and end on edges.
				inside := drawing.Rect{X: place.X + 1, Y: place.Y + 1, W: place.W - 2, H: place.H - 2}
				for _, piece := range pieces(t, call.Path) {
					if overlap(piece, inside) {
						t.Errorf("%s: the arrow from %s to %s runs through %s", name, call.From, call.To, what)
					}
				}
			}
		}
	}
}

func TestElementsDoNotOverlap(t *testing.T) {
	for name, drawn := range pictures() {
		all := places(drawn)
		for what, place := range all {
			for other, elsewhere := range all {
				if what < other && overlap(place, elsewhere) {
					t.Errorf("%s: %s and %s overlap", name, what, other)
				}
			}
		}
	}
}

// The path to a lower target must run further outside, so that the paths do not cross.
func TestPathsOverTheTopDoNotCross(t *testing.T) {
	outermost := map[string]int{}
	for _, call := range drawing.Draw(external()).Calls {
		for _, piece := range pieces(t, call.Path) {
			outermost[call.To] = max(outermost[call.To], piece.X+piece.W)
		}
	}
	if inner, outer := outermost["traces"], outermost["collector.example"]; inner >= outer {
		t.Errorf("the path to traces reaches to %d, and the path to the collector below it to %d", inner, outer)
	}
}

func places(drawn drawing.Drawing) map[string]drawing.Rect {
	found := map[string]drawing.Rect{}
	for _, node := range drawn.Nodes {
		found["the node "+node.Name] = node.Rect
	}
	for _, box := range drawn.Boxes {
		found["the box "+box.Name] = box.Rect
	}
	return found
}

func overlap(a, b drawing.Rect) bool {
	return a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H
}

var number = regexp.MustCompile(`-?\d+`)

// pieces returns rectangles around the pieces of a path, which run along the axes except at corners.
func pieces(t *testing.T, path string) []drawing.Rect {
	t.Helper()
	var numbers []int
	for _, text := range number.FindAllString(path, -1) {
		value, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, value)
	}
	var found []drawing.Rect
	for i := 0; i+3 < len(numbers); i += 2 {
		x1, y1, x2, y2 := numbers[i], numbers[i+1], numbers[i+2], numbers[i+3]
		found = append(found, drawing.Rect{X: min(x1, x2), Y: min(y1, y2), W: max(x1, x2) - min(x1, x2), H: max(y1, y2) - min(y1, y2)})
	}
	return found
}

// rollout is the Pods of two ReplicaSets: so many are desired, and those that run besides are not ready.
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

// spread assigns the Pods of a picture to three nodes in turn.
func spread(topology contract.Topology, picture calls.Picture) (contract.Topology, calls.Picture) {
	const nodes = 3
	next := 0
	for _, workload := range picture.Network.Workloads {
		for j := range workload.Pods {
			node := next % nodes
			workload.Pods[j].Node, workload.Pods[j].IP = fmt.Sprintf("demo-%d", node+1), fmt.Sprintf("10.244.%d.%d", node, next+2)
			next++
		}
	}
	return topology, picture
}

func crowds() map[string]drawing.Drawing {
	all := map[string]drawing.Drawing{}
	for replicas := 1; replicas <= 9; replicas++ {
		all[fmt.Sprintf("%d Pods", replicas)] = drawing.Draw(demo(replicas, "clients", "orders"))
		all[fmt.Sprintf("%d Pods, tall", replicas)] = drawing.DrawTall(demo(replicas, "clients", "orders"))
		all[fmt.Sprintf("%d Pods on 3 nodes", replicas)] = drawing.Draw(spread(demo(replicas, "clients", "orders")))
	}
	for _, size := range [][2]int{{1, 2}, {3, 4}, {3, 6}, {4, 5}, {4, 8}, {5, 7}, {9, 12}} {
		all[fmt.Sprintf("a rollout of %d with %d Pods", size[0], size[1])] = drawing.Draw(rollout(size[0], size[1]))
	}
	return all
}

func TestALineLeadsToEachPodAndThroughNoOther(t *testing.T) {
	for name, drawn := range crowds() {
		for _, box := range drawn.Boxes {
			if strings.HasSuffix(box.Name, "-database") || len(box.Containers) > 0 {
				continue
			}
			for _, pod := range box.Pods {
				reached := 0
				for _, line := range drawn.Behind {
					parts := pieces(t, line.Path)
					last := parts[len(parts)-1]
					near := drawing.Rect{X: pod.X - pod.Radius() - 2, Y: pod.Y - 18, W: 2*pod.Radius() + 2, H: 18 + 67} // the Pod with its texts
					switch {
					case overlap(last, near):
						reached++
					default:
						for _, part := range parts {
							if overlap(part, drawing.Rect{X: pod.X - pod.Radius(), Y: pod.Y - 18, W: 2 * pod.Radius(), H: 36}) {
								t.Errorf("%s: a line runs through %s", name, pod.Name)
							}
						}
					}
				}
				if reached != 1 {
					t.Errorf("%s: %d lines lead to %s, want one", name, reached, pod.Name)
				}
			}
		}
	}
}

func TestPodsLieApartInTheirBoxes(t *testing.T) {
	for name, drawn := range crowds() {
		for _, box := range drawn.Boxes {
			if len(box.Containers) > 0 {
				continue
			}
			for i, pod := range box.Pods {
				at := place(pod)
				if at.X < box.X || at.X+at.W > box.X+box.W || at.Y < box.Y+24 || at.Y+at.H > box.Y+box.H {
					t.Errorf("%s: %s is drawn outside of its box", name, pod.Name)
				}
				for _, other := range box.Pods[i+1:] {
					if overlap(at, place(other)) {
						t.Errorf("%s: %s and %s overlap", name, pod.Name, other.Name)
					}
				}
			}
		}
	}
}

// place returns the area of a Pod and the texts below it.
func place(pod drawing.Pod) drawing.Rect {
	wide := max(2*pod.Radius(), 7*len(pod.Address), 6*len(pod.Short))
	return drawing.Rect{X: pod.X - wide/2, Y: pod.Y - 18, W: wide, H: 18 + 46}
}

func TestTheFrameOfANodeHoldsItsPodsAndNoOther(t *testing.T) {
	for name, drawn := range crowds() {
		several := strings.Contains(name, "nodes")
		for _, box := range drawn.Boxes {
			if len(box.Hosts) > 0 != several {
				t.Errorf("%s: %s has %d frames of nodes", name, box.Name, len(box.Hosts))
			}
			for i, frame := range box.Hosts {
				for _, other := range box.Hosts[i+1:] {
					if overlap(frame.Rect, other.Rect) {
						t.Errorf("%s: two frames of nodes overlap in %s", name, box.Name)
					}
				}
				if frame.X < box.X || frame.X+frame.W > box.X+box.W || frame.Y < box.Y+20 || frame.Y+frame.H > box.Y+box.H {
					t.Errorf("%s: a frame of %s is drawn outside of the box", name, frame.Name)
				}
			}
			for _, pod := range box.Pods[:drawnPods(box)] {
				for _, frame := range box.Hosts {
					if inside := pod.X > frame.X && pod.X < frame.X+frame.W && pod.Y > frame.Y && pod.Y < frame.Y+frame.H; inside && frame.Name != pod.Host {
						t.Errorf("%s: %s on %s is drawn on %s", name, pod.Name, pod.Host, frame.Name)
					}
				}
			}
		}
	}
}

// The name of a Pod must not touch the edge of the frame below it.
func TestTheFrameOfANodeHasRoomBelowTheNamesOfItsPods(t *testing.T) {
	const baseline, descent, room = 44, 3, 6 // of the name, 10.5 pixels high, see svg.html
	all := crowds()
	all["tall"] = drawing.DrawTall(spread(demo(9, "clients", "orders")))
	for name, drawn := range all {
		for _, box := range drawn.Boxes {
			for _, pod := range box.Pods[:drawnPods(box)] {
				for _, frame := range box.Hosts {
					inside := overlap(frame.Rect, drawing.Rect{X: pod.X, Y: pod.Y, W: 1, H: 1})
					if bottom := frame.Y + frame.H; inside && len(box.Containers) == 0 && pod.Y+baseline+descent > bottom-room {
						t.Errorf("%s: the name of %s ends %d pixels above the edge of %s, want %d", name, pod.Name,
							bottom-pod.Y-baseline-descent, frame.Name, room)
					}
				}
			}
		}
	}
}

// drawnPods returns how many Pods of a box are drawn: one if it is drawn with its containers.
func drawnPods(box drawing.Box) int {
	if len(box.Containers) > 0 {
		return 1
	}
	return len(box.Pods)
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
