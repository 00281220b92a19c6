package drawing_test

import (
	"maps"
	"regexp"
	"strconv"
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
