// Package drawing computes the layout of the map: the position of each box, and the path of each arrow. Package service
// renders it as SVG.
//
// Each service has a column with its Pods, its Service and its database. The Pod with the sidecar stands beside the
// columns. The layout depends on the kinds of the topology's nodes, not on their names.
//
// Start with [Draw] and plan.go. [DrawTall] computes the layout for narrow screens.
package drawing

import (
	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/calls"
)

// Drawing is the whole map. All lengths are in SVG user units, about the pixels of a wide screen.
type Drawing struct {
	Width, Height int
	// Frame is the outline of the namespace, as an SVG path.
	Frame string
	Boxes []Box
	Nodes []Node
	// Hosts are the cluster's nodes that run the Pods, by name.
	Hosts []Host
	// Tall marks the drawing for narrow screens.
	Tall bool
	// Behind holds the lines from each Service to the Pods behind it.
	Behind []Line
	// Calls are in the order of the topology. Lines holds the same calls in the order of painting: failing calls come
	// last, so that no other call hides them where paths overlap.
	Calls, Lines []Call
	// Localhost is the arrow between the two containers of one Pod; nil if the topology has no such Pod.
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
	// Ready describes how many Pods are ready, such as "1/2 ready".
	Ready string
	// Whole is true if all Pods are ready.
	Whole bool
	Pods  []Pod
	// Hosts are the outlines of Pods on the same node, if there are several nodes.
	Hosts []HostFrame
	// Containers are the containers of the first Pod, if the Pod is drawn as Frame around them.
	Containers []Container
	Frame      Rect
	// Note explains why Pods are not drawn, or counts them.
	Note string
}

// Pod is one of a workload's Pods. X and Y are its centre.
type Pod struct {
	X, Y int
	// W is the width of the Pod's place in its row.
	W    int
	Name string
	// Short is the end of the name, which is unique within the workload.
	Short string
	// IP is empty until the Pod has an address. Address is the part of it that differs from other Pods of the node.
	IP, Address string
	// Host is the name of the Pod's node.
	Host  string
	State string
	Ready bool
}

// Radius returns half of the width of the Pod's outline.
func (p Pod) Radius() int { return min(podTop, p.W/2-2) }

// Scale returns the size of the Pod's outline, relative to its full size.
func (p Pod) Scale() float64 { return float64(p.Radius()) / podTop }

// Container is a container of a Pod with several.
type Container struct {
	Rect
	Name, Address string
}

// Node is a Service, or a server outside the namespace.
type Node struct {
	Rect
	Name    string
	Kind    contract.Kind
	What    string
	Address string
	// Missing is true if the cluster does not have the declared Service.
	Missing bool
}

// Line is a line without a link.
type Line struct {
	Path  string
	Ready bool
}

// Call is an arrow and its label.
type Call struct {
	calls.Call
	Path  string
	Label Label
	// Thin marks a call that is not a subject of the demo, such as sending traces.
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

// Left returns the left edge of the label.
func (l Label) Left() int { return l.X - l.W/2 }

// Draw returns the drawing for wide screens and for paper.
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

// drawing combines the boxes with the nodes, the lines and the routed calls.
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
