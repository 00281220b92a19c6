package drawing_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/drawing"
)

// external is the demo with managed databases, and a collector outside to which the services send their traces as well.
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

// far is a demo in which services call others than their neighbours.
func far() (contract.Topology, calls.Picture) {
	topology, _ := demo(3, "a", "b", "c", "d")
	topology.Calls = append(topology.Calls, contract.Call{From: "a", To: "d"}, contract.Call{From: "d", To: "b"})
	return topology, seen(topology, 3)
}

func pictures() map[string]drawing.Drawing {
	return map[string]drawing.Drawing{
		"the demo":           drawing.Draw(demo(3, "clients", "orders", "products")),
		"1000 Pods":          drawing.Draw(demo(1000, "clients", "orders", "products")),
		"one service":        drawing.Draw(demo(1, "clients")),
		"five services":      drawing.Draw(demo(5, "a", "b", "c", "d", "e")),
		"externals":          drawing.Draw(external()),
		"calls over columns": drawing.Draw(far()),
	}
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
					t.Errorf("%s: the label from %s to %s lies on another one", name, call.From, call.To)
				}
			}
			labels = append(labels, label)
			for what, place := range places(drawn) {
				if overlap(label, place) {
					t.Errorf("%s: the label from %s to %s lies on %s", name, call.From, call.To, what)
				}
			}
			if label.X < 0 || label.X+label.W > drawn.Width || label.Y < 0 || label.Y+label.H > drawn.Height {
				t.Errorf("%s: the label from %s to %s is not on the paper", name, call.From, call.To)
			}
		}
	}
}

func TestNoArrowRunsThroughABox(t *testing.T) {
	for name, drawn := range pictures() {
		for _, call := range drawn.Calls {
			for what, place := range places(drawn) {
				// A pixel less: arrows begin and end on edges.
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

func TestNothingIsDrawnOnSomethingElse(t *testing.T) {
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

// What stands lower is reached further outside, or the ways would cross each other.
func TestWaysOverTheTopLieInsideOfEachOther(t *testing.T) {
	outermost := map[string]int{}
	for _, call := range drawing.Draw(external()).Calls {
		for _, piece := range pieces(t, call.Path) {
			outermost[call.To] = max(outermost[call.To], piece.X+piece.W)
		}
	}
	if inner, outer := outermost["traces"], outermost["collector.example"]; inner >= outer {
		t.Errorf("the way to traces reaches to %d, and that to the collector below it to %d", inner, outer)
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

// pieces are the rectangles around the pieces of a path, which run along the axes but for their corners.
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

func TestALineLeadsToEachPodAndThroughNoOther(t *testing.T) {
	for _, replicas := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9} {
		drawn := drawing.Draw(demo(replicas, "clients", "orders"))
		for _, box := range drawn.Boxes {
			if strings.HasSuffix(box.Name, "-database") || len(box.Containers) > 0 {
				continue
			}
			for _, pod := range box.Pods {
				reached := 0
				for _, line := range drawn.Behind {
					parts := pieces(t, line.Path)
					last := parts[len(parts)-1]
					near := drawing.Rect{X: pod.X - 20, Y: pod.Y - 18, W: 40, H: 58} // the Pod with its name
					switch {
					case overlap(last, near):
						reached++
					default:
						for _, part := range parts {
							if overlap(part, drawing.Rect{X: pod.X - 18, Y: pod.Y - 18, W: 36, H: 36}) {
								t.Errorf("with %d Pods a line runs through %s", replicas, pod.Name)
							}
						}
					}
				}
				if reached != 1 {
					t.Errorf("with %d Pods %d lines lead to %s, want one", replicas, reached, pod.Name)
				}
			}
		}
	}
}
