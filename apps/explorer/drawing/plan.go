package drawing

import (
	"slices"
	"strings"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/calls"
)

// The dimensions of the drawing.
const (
	margin = 20
	// gutter is the space between two columns, for labels and for the calls between neighbours.
	columnWidth, gutter = 208, 104
	serviceWidth        = 146
	serviceHeight       = 72
	databaseHeight      = 58
	databaseBoxWidth    = 180
	// above is the space over the Deployments for the calls of the explorer and for one lane.
	above, explorerTrunk = 100, 52
	// lane is the distance between two lanes.
	lane = 16
	// The spaces below Deployments, Services and the Services of databases.
	belowPods, belowService, belowDatabase = 58, 84, 36
	sidecarWidth                           = 296
	externalWidth, externalHeight          = 196, 50
)

// plan holds the position of every element.
type plan struct {
	topology contract.Topology
	picture  calls.Picture
	columns  []column
	sidecar  *sidecar
	// hosts are the cluster's nodes that run the demo's Pods.
	hosts hosts
	// nodes holds the positions of Services and external servers, by name.
	nodes map[string]Rect
	// lanes are the targets that services reach over the top and down the right edge, the innermost lane first.
	lanes         []string
	boxesTop      int
	rows          int
	width, height int
}

// column is the column of a service and its database.
type column struct {
	index, x          int
	service, database *contract.Node
}

func (c column) gutterLeft() int  { return c.x - gutter/2 }
func (c column) gutterRight() int { return c.x + columnWidth + gutter/2 }

func newPlan(topology contract.Topology, picture calls.Picture) *plan {
	p := &plan{topology: topology, picture: picture, nodes: map[string]Rect{}, rows: 1, hosts: hostsOf(picture.Network)}
	for _, node := range topology.Nodes {
		if node.Kind == contract.ServiceNode {
			index := len(p.columns)
			p.columns = append(p.columns, column{
				index: index, x: margin + index*(columnWidth+gutter),
				service: &node, database: databaseOf(topology, node.Name),
			})
			workload, _ := picture.Network.Workload(node.Workload)
			p.rows = max(p.rows, rowsOf(workload.Desired))
		}
	}
	p.lanes = p.overTheTop()
	p.boxesTop = above + lane*max(0, len(p.lanes)-1)
	for _, column := range p.columns {
		p.place(column)
	}
	p.height = p.databaseTop() + databaseHeight + belowDatabase + p.boxHeight(1) + margin
	p.placeSidecar(point{margin + len(p.columns)*(columnWidth+gutter), p.boxesTop}, p.serviceTop(), p.externalTop())
	p.width = p.right() + margin + lane*len(p.lanes) + margin/2
	return p
}

// databaseOf returns the database of a service: its own, or an external one that no other service calls. It returns nil
// if there is none.
func databaseOf(topology contract.Topology, service string) *contract.Node {
	for _, node := range topology.Nodes {
		managed := node.Kind == contract.ExternalNode && strings.HasPrefix(node.URL, "postgresql:")
		if node.Kind == contract.DatabaseNode && node.Owner == service ||
			managed && slices.Equal(callersOf(topology, node.Name), []string{service}) {
			return &node
		}
	}
	return nil
}

func callersOf(topology contract.Topology, name string) []string {
	var callers []string
	for _, call := range topology.Calls {
		if call.To == name {
			callers = append(callers, call.From)
		}
	}
	return callers
}

// overTheTop returns the targets of services that have no column. Lower targets come later, so that the lanes do not
// cross.
func (p *plan) overTheTop() []string {
	var high, low []string
	for _, node := range p.topology.Nodes {
		_, inColumn := p.columnOf(node.Name)
		called := slices.ContainsFunc(callersOf(p.topology, node.Name), func(caller string) bool {
			_, fromColumn := p.columnOf(caller)
			return fromColumn
		})
		switch {
		case inColumn || !called:
		case node.Kind == contract.ExternalNode:
			low = append(low, node.Name)
		default:
			high = append(high, node.Name)
		}
	}
	return append(high, low...)
}

// columnOf returns the column of a node.
func (p *plan) columnOf(name string) (column, bool) {
	at := slices.IndexFunc(p.columns, func(c column) bool {
		return c.service.Name == name || c.database != nil && c.database.Name == name
	})
	if at < 0 {
		return column{}, false
	}
	return p.columns[at], true
}

// absent describes a missing object: unknown if nothing was read from the cluster yet.
func (p *plan) absent() string {
	if seen := p.picture.Network; len(seen.Workloads)+len(seen.Services) == 0 {
		return "unknown"
	}
	return "does not exist"
}

func (p *plan) serviceTop() int  { return p.boxesTop + p.boxHeight(p.rows) + belowPods }
func (p *plan) databaseTop() int { return p.serviceTop() + serviceHeight + belowService }

// right returns the right edge of the drawing without the lanes beside it.
func (p *plan) right() int {
	end := margin + len(p.columns)*(columnWidth+gutter)
	if p.sidecar == nil {
		return max(end-gutter, margin+columnWidth)
	}
	return end + sidecarWidth
}

func (p *plan) place(c column) {
	centred := func(width int) int { return c.x + (columnWidth-width)/2 }
	p.nodes[c.service.Name] = Rect{centred(serviceWidth), p.serviceTop(), serviceWidth, serviceHeight}
	if c.database != nil {
		p.nodes[c.database.Name] = Rect{centred(serviceWidth), p.databaseTop(), serviceWidth, databaseHeight}
	}
}

// pods returns the position of a column's Deployment.
func (p *plan) pods(c column) Rect { return Rect{c.x, p.boxesTop, columnWidth, p.boxHeight(p.rows)} }

// databaseBox returns the position of the database's StatefulSet, below its Service.
func (p *plan) databaseBox(c column) Rect {
	service := p.nodes[c.database.Name]
	return Rect{service.middle() - databaseBoxWidth/2, service.bottom() + belowDatabase, databaseBoxWidth, p.boxHeight(1)}
}

// frame returns the outline of the namespace. It leaves a corner free for the servers outside.
func (p *plan) frame() string {
	const edge, top = margin / 2, 16
	right, bottom := p.width-edge, p.height-edge
	points := []point{{edge, top}, {right, top}, {right, bottom}, {edge, bottom}}
	if p.sidecar != nil && p.sidecar.externals > 0 {
		corner := point{p.sidecar.box.X - gutter/4, p.externalTop() - 28}
		points = []point{{edge, top}, {right, top}, {right, corner.y}, corner, {corner.x, bottom}, {edge, bottom}}
	}
	// The path begins in the middle of a side, so that all corners are round.
	begin := point{(points[0].x + points[1].x) / 2, top}
	return path(slices.Concat([]point{begin}, points[1:], points[:1], []point{begin})...) + " Z"
}
