// Package drawing puts the topology and what is seen of it on paper: where each box stands, and how each arrow runs.
//
// It has the shape of the seed's picture: a column for each service, with its Pods, its Service, and its database below;
// beside them the Pod with the sidecar. Everything comes from the kinds of the topology's nodes, nothing from their names.
package drawing

import (
	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/calls"
)

// Drawing is the whole map. All lengths are in the units of the picture, which are about the pixels of a wide screen.
type Drawing struct {
	Width, Height int
	// Frame is the outline of the namespace: what is outside of it belongs to somebody else.
	Frame string
	Boxes []Box
	Nodes []Node
	// Hosts are the cluster's nodes that run the Pods, by name.
	Hosts []Host
	// Tall marks the drawing for narrow screens.
	Tall bool
	// Behind are the lines from each Service to the Pods behind it.
	Behind []Line
	// Calls are in the order of the topology. Lines are the same in the order in which they are painted: what fails comes
	// last, so that nothing hides it where calls share a way.
	Calls, Lines []Call
	// Localhost is the way between two containers of one Pod; nil if the topology has no such Pod.
	Localhost *Localhost
}

// Rect is a rectangle.
type Rect struct{ X, Y, W, H int }

func (r Rect) middle() int  { return r.X + r.W/2 }
func (r Rect) centre() int  { return r.Y + r.H/2 }
func (r Rect) right() int   { return r.X + r.W }
func (r Rect) bottom() int  { return r.Y + r.H }
func (r Rect) top() point   { return point{r.middle(), r.Y} }
func (r Rect) below() point { return point{r.middle(), r.bottom()} }

// Box is a workload with its Pods.
type Box struct {
	Rect
	Kind, Name string
	// Ready is how many of its Pods are, in words.
	Ready string
	// Whole says whether all of them are.
	Whole bool
	Pods  []Pod
	// Hosts are the outlines of Pods on the same node, if there are several nodes.
	Hosts []HostFrame
	// Containers are those of the first Pod, which is then drawn as a frame, Pod, around them.
	Containers []Container
	Frame      Rect
	// Note stands where Pods are not drawn.
	Note string
}

// Pod is one of a workload's Pods. X and Y are its centre.
type Pod struct {
	X, Y int
	// W is the width that it has for itself.
	W    int
	Name string
	// Short is the end of the name, which tells it from others of the workload.
	Short string
	// IP is empty until it has an address. Address is the part of it that differs from other Pods of the node.
	IP, Address string
	// Host is the node that it runs on.
	Host  string
	State string
	Ready bool
}

// Radius is half of the width of its outline.
func (p Pod) Radius() int { return min(podTop, p.W/2-2) }

// Scale is the size of its outline, 1 where it has room.
func (p Pod) Scale() float64 { return float64(p.Radius()) / podTop }

// Container is one of several in a Pod.
type Container struct {
	Rect
	Name, Address string
}

// Node is a Service, or what is outside of the namespace.
type Node struct {
	Rect
	Name    string
	Kind    contract.Kind
	What    string
	Address string
	// Missing says that it is declared, and that the cluster has no Service of this name.
	Missing bool
}

// Line is a line that nobody can click.
type Line struct {
	Path  string
	Ready bool
}

// Call is an arrow and its label.
type Call struct {
	calls.Call
	Path  string
	Label Label
	// Thin is a call beside what the demo is about, such as that of traces.
	Thin bool
}

// Localhost is the arrow between the containers of one Pod.
type Localhost struct {
	Path string
	Label
}

// Label is a text of at most 13 letters on an arrow. X and Y are its centre.
type Label struct {
	X, Y, W int
	Text    string
}

// Left is the left edge of the label.
func (l Label) Left() int { return l.X - l.W/2 }

// Draw draws the picture for wide screens and for paper.
func Draw(topology contract.Topology, picture calls.Picture) Drawing {
	plan := newPlan(topology, picture)
	var boxes []Box
	for _, column := range plan.columns {
		boxes = append(boxes, plan.boxes(column)...)
	}
	made := plan.drawing(boxes, plan.route)
	made.Frame = plan.frame()
	return made
}

// drawing puts together what has its place.
func (p *plan) drawing(boxes []Box, route func(calls.Call) Call) Drawing {
	made := Drawing{Width: p.width, Height: p.height, Hosts: p.hosts, Boxes: boxes}
	if p.sidecar != nil {
		made.Boxes = append(made.Boxes, p.sidecar.box)
		made.Localhost = p.sidecar.localhost
	}
	for _, node := range p.topology.Nodes {
		if at, drawn := p.nodes[node.Name]; drawn {
			made.Nodes = append(made.Nodes, p.node(node, at))
		}
	}
	made.Behind = p.behind(made.Boxes)
	for _, call := range p.picture.Calls {
		made.Calls = append(made.Calls, route(call))
	}
	made.Lines = painted(made.Calls)
	return made
}
