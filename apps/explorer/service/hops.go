package service

import (
	"fmt"

	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/prose"
	"example.com/kubernetes-networking/apps/explorer/traces"
)

// badge is a text on an arrow. Number is the number of a hop. Left and W are the left edge and the width of its
// background.
type badge struct {
	X, Y, Left, W int
	Text, Number  string
	Failed        bool
}

// follow draws the hops of a request over the map.
func (v *mapView) follow(hops []traces.Hop) {
	taken := map[[2]string][]traces.Hop{}
	for _, hop := range hops {
		way := [2]string{hop.From, hop.To}
		taken[way] = append(taken[way], hop)
	}
	for _, arrows := range [][]arrow{v.Arrows, v.Lines, v.Narrow.Arrows, v.Narrow.Lines} {
		for i := range arrows {
			arrows[i].take(taken[[2]string{arrows[i].From, arrows[i].To}])
		}
	}
	for _, arrows := range [][]arrow{v.Arrows, v.Narrow.Arrows} {
		for i := range arrows {
			arrows[i].time(arrows)
		}
	}
}

// take shows the hops on the arrow instead of its measurement.
func (a *arrow) take(hops []traces.Hop) {
	a.State, a.Code, a.Cause, a.Command, a.Detail, a.Quiet = calls.Unknown, "", "", "", "This request did not use the connection.", len(hops) == 0
	a.Times = calls.Times{}
	a.Milliseconds = 0
	for _, hop := range hops {
		a.Milliseconds += hop.Milliseconds
		if hop.Failed {
			a.State, a.Detail = calls.Failing, "A hop of this request failed here."
		} else if a.State == calls.Unknown {
			a.State = calls.Working
		}
	}
	a.pin(hops)
}

// pin replaces the label of the arrow by the numbers of the hops.
func (a *arrow) pin(hops []traces.Hop) {
	const most, gap, beside, digit, narrowest = 4, 2, 8, 7, 20
	var numbered []badge
	for _, hop := range hops {
		if hop.Number != "" { // it has no number until the spans of its callers have arrived
			numbered = append(numbered,
				badge{Number: hop.Number, Failed: hop.Failed, W: max(narrowest, beside+digit*len(hop.Number))})
		}
	}
	more := len(numbered) - most
	if more > 0 {
		numbered = append(numbered[:most], badge{Text: fmt.Sprintf("+%d", more), W: narrowest})
	}
	whole := -gap
	for _, one := range numbered {
		whole += one.W + gap
	}
	x := a.Label.X - whole/2
	for _, one := range numbered {
		one.Left, one.X, one.Y = x, x+one.W/2, a.Label.Y
		x += one.W + gap
		if one.Text != "" {
			a.More = &one
		} else {
			a.Badges = append(a.Badges, one)
		}
	}
}

// time places the total time of the hops below their numbers, or above if another arrow's label is below.
func (a *arrow) time(arrows []arrow) {
	if len(a.Badges) == 0 {
		return
	}
	const below, above, near, beside = 22, -14, 36, 60
	a.Took = &badge{X: a.Label.X, Y: a.Label.Y + below, Text: prose.Milliseconds(a.Milliseconds)}
	for _, other := range arrows {
		distance := other.Label.Y - a.Label.Y
		if distance > 0 && distance < near && max(other.Label.X-a.Label.X, a.Label.X-other.Label.X) < beside {
			a.Took.Y = a.Label.Y + above
		}
	}
}
