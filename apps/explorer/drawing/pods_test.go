package drawing_test

import (
	"fmt"
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/drawing"
)

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
