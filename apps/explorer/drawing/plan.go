package drawing

import (
	"slices"
	"strings"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/calls"
)

// The measures of the drawing.
const (
	margin = 20
	// gutter is between two columns: a label fits in, and the calls between neighbours.
	columnWidth, gutter = 208, 104
	serviceWidth        = 146
	serviceHeight       = 72
	databaseHeight      = 58
	databaseBoxWidth    = 180
	// above is the room over the Deployments for the calls that go over all of them: the explorer's, and those of one lane.
	above, explorerTrunk = 100, 52
	// lane is the distance between two lanes.
	lane = 16
	// below are the rooms under Deployments, Services and databases' Services.
	belowPods, belowService, belowDatabase = 58, 84, 36
	sidecarWidth                           = 296
	externalWidth, externalHeight          = 196, 50
)

// plan is where everything has its place.
type plan struct {
	topology contract.Topology
	picture  calls.Picture
	columns  []column
	sidecar  *sidecar
	// hosts are the cluster's nodes that run the demo's Pods.
	hosts hosts
	// nodes are the places of Services and of what is external, by name.
	nodes map[string]Rect
	// lanes are the callees that services reach over the top and down the right edge, the first one innermost.
	lanes         []string
	boxesTop      int
	rows          int
	width, height int
}

// column is a service, with what belongs to it.
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

// databaseOf is the database of a service: its own, or a managed one outside that it alone calls.
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

// overTheTop are the callees of services that are in no column. Those that stand lower come later, which keeps the lanes
// from crossing each other.
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

// columnOf is the column in which a node is drawn.
func (p *plan) columnOf(name string) (column, bool) {
	at := slices.IndexFunc(p.columns, func(c column) bool {
		return c.service.Name == name || c.database != nil && c.database.Name == name
	})
	if at < 0 {
		return column{}, false
	}
	return p.columns[at], true
}

// absent says of what is not in the picture whether that is known.
func (p *plan) absent() string {
	if seen := p.picture.Network; len(seen.Workloads)+len(seen.Services) == 0 {
		return "not seen"
	}
	return "not there"
}

func (p *plan) serviceTop() int  { return p.boxesTop + p.boxHeight(p.rows) + belowPods }
func (p *plan) databaseTop() int { return p.serviceTop() + serviceHeight + belowService }

// right is the right edge of what is drawn, without the lanes that run beside it.
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

// pods is the place of a column's Deployment.
func (p *plan) pods(c column) Rect { return Rect{c.x, p.boxesTop, columnWidth, p.boxHeight(p.rows)} }

// databaseBox is the place of the database's StatefulSet, below its Service.
func (p *plan) databaseBox(c column) Rect {
	service := p.nodes[c.database.Name]
	return Rect{service.middle() - databaseBoxWidth/2, service.bottom() + belowDatabase, databaseBoxWidth, p.boxHeight(1)}
}

// frame is the outline of the namespace. What is outside of it stands in the corner that it leaves free.
func (p *plan) frame() string {
	const edge, top = margin / 2, 16
	right, bottom := p.width-edge, p.height-edge
	points := []point{{edge, top}, {right, top}, {right, bottom}, {edge, bottom}}
	if p.sidecar != nil && p.sidecar.externals > 0 {
		corner := point{p.sidecar.box.X - gutter/4, p.externalTop() - 28}
		points = []point{{edge, top}, {right, top}, {right, corner.y}, corner, {corner.x, bottom}, {edge, bottom}}
	}
	// It begins in the middle of a side, so that all of its corners are round.
	begin := point{(points[0].x + points[1].x) / 2, top}
	return path(slices.Concat([]point{begin}, points[1:], points[:1], []point{begin})...) + " Z"
}
