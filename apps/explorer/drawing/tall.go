package drawing

import (
	"slices"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/calls"
)

// The dimensions of the drawing for narrow screens.
const (
	// tallGap is the space between a Deployment and the StatefulSet beside it.
	tallGap               = 14
	tallDatabaseWidth     = 150
	tallContent           = columnWidth + tallGap + tallDatabaseWidth
	tallServiceHeight     = 60
	tallBelowBox          = 46
	tallLane, tallChannel = 12, 24
	tallTop               = 52
	tallUnderSidecar      = 40
)

// tall is a plan with the services below each other, each with its database beside its Deployment. Calls between
// services run down the left side, all others down the right side.
type tall struct {
	*plan
	rows []tallRow
	// left holds the calls between services. Calls that run beside each other have different lanes.
	left      []leftCall
	leftLanes int
	// firstLane is the x position of the first lane of the right side.
	firstLane int
}

// tallRow is the row of one service.
type tallRow struct {
	pods, database Rect
	// fromLeft and fromRight are the calls that reach the Service from below, from either side.
	fromLeft, fromRight []contract.Call
	// over holds the targets that the service reaches over the top of its row.
	over []string
}

type leftCall struct {
	contract.Call
	from, to, lane int
}

// DrawTall returns the drawing for narrow screens.
func DrawTall(topology contract.Topology, picture calls.Picture) Drawing {
	t := &tall{plan: newPlan(topology, picture)}
	t.sort()
	t.arrange()
	var boxes []Box
	for _, column := range t.columns {
		row := t.rows[column.index]
		boxes = append(boxes, t.box(column.service.Workload, "Deployment", row.pods))
		if column.database != nil && column.database.Workload != "" {
			boxes = append(boxes, t.box(column.database.Workload, "StatefulSet", row.database))
		}
	}
	made := t.drawing(boxes, t.route)
	made.Frame, made.Tall = t.frame(), true
	return made
}

// sort determines the side on which each call reaches its Service.
func (t *tall) sort() {
	t.rows = make([]tallRow, len(t.columns))
	for _, call := range t.topology.Calls {
		from, fromRow := t.columnOf(call.From)
		to, toRow := t.columnOf(call.To)
		switch {
		case fromRow && toRow && from.index != to.index && to.service.Name == call.To:
			t.left = append(t.left, leftCall{Call: call, from: from.index, to: to.index})
			t.rows[to.index].fromLeft = append(t.rows[to.index].fromLeft, call)
		case fromRow && slices.Contains(t.lanes, call.To):
			t.rows[from.index].over = append(t.rows[from.index].over, call.To)
		case !fromRow && toRow && to.service.Name == call.To:
			t.rows[to.index].fromRight = append(t.rows[to.index].fromRight, call)
		}
	}
	// A call can use the lane of an earlier call below the end of that call.
	var ends []int
	for i := range t.left {
		call := &t.left[i]
		first, last := min(call.from, call.to), max(call.from, call.to)
		call.lane = slices.IndexFunc(ends, func(end int) bool { return end < first })
		if call.lane < 0 {
			call.lane, ends = len(ends), append(ends, 0)
		}
		ends[call.lane] = last
	}
	t.leftLanes = len(ends)
	for i := range t.rows {
		slices.SortFunc(t.rows[i].over, func(a, b string) int { return slices.Index(t.lanes, b) - slices.Index(t.lanes, a) })
	}
}

func (t *tall) arrange() {
	x, y := margin+tallLane*t.leftLanes, tallTop
	for i, column := range t.columns {
		row := &t.rows[i]
		if len(row.over) > 0 {
			y += tallChannel + tallLane*len(row.over)
		}
		row.pods = Rect{x, y, columnWidth, t.boxHeight(t.plan.rows)}
		row.database = Rect{row.pods.right() + tallGap, row.pods.bottom() - t.boxHeight(1), tallDatabaseWidth, t.boxHeight(1)}
		y = row.pods.bottom() + tallBelowBox
		t.nodes[column.service.Name] = Rect{row.pods.middle() - serviceWidth/2, y, serviceWidth, tallServiceHeight}
		if column.database != nil {
			width := min(serviceWidth, tallDatabaseWidth)
			t.nodes[column.database.Name] = Rect{row.database.middle() - width/2, y, width, tallServiceHeight}
		}
		y += tallServiceHeight + 2*tallLane + tallChannel*max(len(row.fromLeft), len(row.fromRight))
	}
	t.firstLane = x + tallContent + tallLane
	t.width = t.firstLane + tallLane*(len(t.lanes)+1) + margin/2
	if t.sidecar == nil {
		t.height = y
		return
	}
	t.height = 0
	at := point{x + (tallContent-sidecarWidth)/2, y}
	services := at.y + t.sidecarHeight() + tallUnderSidecar
	externals := services + serviceHeight + 2*tallUnderSidecar + tallChannel
	t.placeSidecar(at, services, externals)
	t.height = max(t.height, services+serviceHeight+margin+margin/2)
}

// frame returns the outline of the namespace, above the external servers.
func (t *tall) frame() string {
	const edge, top = margin / 2, 16
	right, bottom := t.width-edge, t.height-edge
	if t.sidecar != nil && t.sidecar.externals > 0 {
		bottom -= externalHeight + margin + margin/2
	}
	begin := point{t.width / 2, top}
	return path(begin, point{right, top}, point{right, bottom}, point{edge, bottom}, point{edge, top}, begin) + " Z"
}

// route computes the path of a call. A call between nodes that are not drawn has no path.
func (t *tall) route(call calls.Call) Call {
	from, fromRow := t.columnOf(call.From)
	to, toRow := t.columnOf(call.To)
	target, drawn := t.nodes[call.To]
	same := func(other contract.Call) bool { return other.From == call.From && other.To == call.To }
	left := slices.IndexFunc(t.left, func(other leftCall) bool { return same(other.Call) })
	switch {
	case !drawn:
		return Call{Call: call}
	case left >= 0:
		return t.downLeft(call, t.left[left], target)
	case fromRow && slices.Contains(t.rows[from.index].over, call.To):
		return t.overTop(call, t.rows[from.index], target)
	case fromRow && toRow && from.index == to.index:
		return t.toDatabase(call, t.rows[from.index], target)
	case toRow && t.sidecar != nil && slices.ContainsFunc(t.rows[to.index].fromRight, same):
		return t.fromSidecar(call, t.rows[to.index], target)
	case t.sidecar != nil && !toRow && !fromRow:
		return t.below(call, target)
	default:
		return t.direct(call, target)
	}
}

// toDatabase routes a call between the two Services of a row.
func (t *tall) toDatabase(call calls.Call, row tallRow, target Rect) Call {
	x := row.pods.right() - tallLane
	return drawn(call, point{x, row.pods.bottom() + tallBelowBox - 14},
		point{x, row.pods.bottom()}, point{x, target.centre()}, point{target.X, target.centre()})
}

// downLeft routes a call down or up the left side, and from below to the Service.
func (t *tall) downLeft(call calls.Call, way leftCall, target Rect) Call {
	var mine []leftCall
	for _, other := range t.left {
		if other.from == way.from {
			mine = append(mine, other)
		}
	}
	caller, row := t.rows[way.from].pods, t.rows[way.to]
	nth := slices.Index(row.fromLeft, way.Call)
	y := target.bottom() + tallLane + tallChannel/2 + tallChannel*nth
	start := caller.Y + boxHead + tallChannel*(1+slices.Index(mine, way))
	lane, end := caller.X-tallLane*(way.lane+1), target.middle()+10+endOffset(nth, len(row.fromLeft))
	return drawn(call, point{caller.X + widest/2 - tallLane/2, y},
		point{caller.X, start}, point{lane, start}, point{lane, y}, point{end, y}, point{end, target.bottom()})
}

// fromSidecar routes a call up the right side, and from below to the Service.
func (t *tall) fromSidecar(call calls.Call, row tallRow, target Rect) Call {
	nth := slices.IndexFunc(row.fromRight,
		func(other contract.Call) bool { return other.From == call.From && other.To == call.To })
	y := target.bottom() + tallLane + tallChannel/2 + tallChannel*nth
	box, end := t.sidecar.box, target.right()-10-endOffset(nth, len(row.fromRight))
	start := box.Y + boxHead
	return drawn(call, point{t.firstLane - tallLane - widest/2, y},
		point{box.right(), start}, point{t.firstLane, start}, point{t.firstLane, y}, point{end, y}, point{end, target.bottom()})
}

// endOffset returns the distance of an arrow's end from the first of all ends on the same side of a Service.
func endOffset(nth, all int) int { return nth * min(tallLane, 50/max(all, 1)) }

// overTop routes a call over the top of the row and down the right side. All calls to one target share its lane.
func (t *tall) overTop(call calls.Call, row tallRow, target Rect) Call {
	nth := slices.Index(row.over, call.To)
	x := row.pods.middle() + nth*(widest+8)
	lane, y := t.firstLane+tallLane*(slices.Index(t.lanes, call.To)+1), row.pods.Y-tallChannel-tallLane*(len(row.over)-nth)
	made := drawn(call, point{x, row.pods.Y - tallChannel/2},
		point{min(x, row.pods.right()-tallLane), row.pods.Y}, point{min(x, row.pods.right()-tallLane), y}, point{lane, y}, point{lane, target.centre()}, point{target.right(), target.centre()})
	made.Thin = true
	return made
}

// below routes a call between the Services of the sidecar's Pod to a server outside the namespace.
func (t *tall) below(call calls.Call, target Rect) Call {
	start := t.sidecar.box.below()
	turn := target.Y - tallLane
	return drawn(call, point{start.x, turn - tallChannel}, start, point{start.x, turn}, point{target.middle(), turn},
		target.top())
}
