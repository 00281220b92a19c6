package drawing

import (
	"cmp"
	"slices"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/calls"
)

// The heights at which arrows reach a Service: over the top, from the left neighbour, and from the right neighbour.
// They differ so that arrows do not meet.
const overTop, fromLeft, fromRight = 12, 34, 60

// The distances from a Deployment's edge at which arrows leave it: to a neighbour, and to the service's own database.
const toNeighbour, toDatabase = 8, 20

// route computes the path of a call. A call between nodes that are not drawn has no path.
func (p *plan) route(call calls.Call) Call {
	from, fromColumn := p.columnOf(call.From)
	to, toColumn := p.columnOf(call.To)
	caller, _ := p.topology.Node(call.From)
	fromColumn = fromColumn && from.service.Name == call.From
	toService := toColumn && to.service.Name == call.To
	target, drawn := p.nodes[call.To]
	switch {
	case !drawn:
		return Call{Call: call}
	case fromColumn && toColumn && from.index == to.index && !toService:
		return p.down(call, from, target)
	case fromColumn && toService && from.index != to.index && abs(from.index-to.index) == 1:
		return p.across(call, from, to, target)
	case fromColumn && toService && from.index != to.index:
		return p.far(call, from, to, target)
	case fromColumn && slices.Contains(p.lanes, call.To):
		return p.over(call, from, target)
	case caller.Kind == contract.ExplorerNode && toService:
		return p.explore(call, to, target)
	case caller.Kind == contract.ExplorerNode && !toColumn:
		return p.outside(call, target)
	default:
		return p.direct(call, target)
	}
}

func drawn(call calls.Call, at point, points ...point) Call {
	return Call{Call: call, Path: path(points...), Label: label(call, at)}
}

// down routes a call past the caller's own Service to its database.
func (p *plan) down(call calls.Call, c column, target Rect) Call {
	pods, service := p.pods(c), p.nodes[c.service.Name]
	x, turn := pods.X+toDatabase, service.bottom()+22
	return drawn(call, point{target.middle(), (turn + target.Y) / 2},
		point{x, pods.bottom()}, point{x, turn}, point{target.middle(), turn}, target.top())
}

// across routes a call to the Service of the next column.
func (p *plan) across(call calls.Call, from, to column, target Rect) Call {
	pods := p.pods(from)
	x, y, end, label := pods.right()-toNeighbour, target.Y+fromLeft, target.X, from.gutterRight()
	if from.index > to.index {
		x, y, end, label = pods.X+toNeighbour, target.Y+fromRight, target.right(), from.gutterLeft()
	}
	return drawn(call, point{label, y}, point{x, pods.bottom()}, point{x, y}, point{end, y})
}

// far routes a call over the columns between caller and target.
func (p *plan) far(call calls.Call, from, to column, target Rect) Call {
	const beside, inner = 18, 12
	pods := p.pods(from)
	x, middle, turn, end := pods.right()-2*toNeighbour, to.gutterLeft(), to.gutterLeft()-beside, target.X
	if from.index > to.index {
		x, middle, turn, end = pods.X+2*toNeighbour, to.gutterRight(), to.gutterRight()+beside, target.right()
	}
	way, y := p.boxesTop-explorerTrunk+inner, target.Y+overTop/2
	return drawn(call, point{middle, pods.Y + boxHead}, point{x, pods.Y}, point{x, way}, point{turn, way}, point{turn, y},
		point{end, y})
}

// over routes a call over the top and down the right edge. All calls to one target share its lane.
func (p *plan) over(call calls.Call, from column, target Rect) Call {
	pods, index := p.pods(from), slices.Index(p.lanes, call.To)
	var mine []string
	for _, other := range p.topology.Calls {
		if other.From == call.From && slices.Contains(p.lanes, other.To) {
			mine = append(mine, other.To)
		}
	}
	x := pods.middle() + (2*slices.Index(mine, call.To)-len(mine)+1)*(widest+8)/2
	y, side := p.boxesTop-explorerTrunk-lane*(index+1), p.right()+margin+lane*index
	made := drawn(call, point{x, pods.Y - 22},
		point{x, pods.Y}, point{x, y}, point{side, y}, point{side, target.centre()}, point{target.right(), target.centre()})
	made.Thin = true
	return made
}

// explore routes a call from the sidecar's Pod over the columns into the gutter to the right of its target.
func (p *plan) explore(call calls.Call, to column, target Rect) Call {
	box, x, y := p.sidecar.box, to.gutterRight(), target.Y+overTop
	label, end := point{x, box.Y + p.boxHeight(p.rows) - 28}, point{target.right(), y}
	if to.index == len(p.columns)-1 {
		start := point{box.X, box.Y + boxHead - 8}
		return drawn(call, label, start, point{x, start.y}, point{x, y}, end)
	}
	start, way := point{box.X + 2*containerWidth/5, box.Y}, box.Y-explorerTrunk
	return drawn(call, label, start, point{start.x, way}, point{x, way}, point{x, y}, end)
}

// outside routes a call between the Services of the sidecar's Pod to a server outside the namespace.
func (p *plan) outside(call calls.Call, target Rect) Call {
	start := p.sidecar.box.below()
	turn := target.Y - 14
	before := 0
	for _, other := range p.topology.Calls {
		if other.To == call.To {
			break
		}
		if at, drawn := p.nodes[other.To]; drawn && other.From == call.From && at.Y == target.Y {
			before++
		}
	}
	label := point{start.x, p.serviceTop() + serviceHeight + 30 + before*24}
	return drawn(call, label, start, point{start.x, turn}, point{target.middle(), turn}, target.top())
}

// direct routes a call that no other rule covers, from the bottom of the caller to the top of its target.
func (p *plan) direct(call calls.Call, target Rect) Call {
	from, known := p.nodes[call.From]
	if !known {
		return Call{Call: call}
	}
	start, end := from.below(), target.top()
	return drawn(call, point{(start.x + end.x) / 2, (start.y + end.y) / 2}, start, end)
}

// painted returns the calls in the order of painting.
func painted(all []Call) []Call {
	order := map[calls.State]int{calls.Unknown: 0, calls.Working: 1, calls.Failing: 2}
	return slices.SortedStableFunc(slices.Values(all),
		func(a, b Call) int { return cmp.Compare(order[a.State], order[b.State]) })
}
