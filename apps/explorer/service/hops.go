package service

import (
	"fmt"

	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/prose"
	"example.com/kubernetes-networking/apps/explorer/traces"
)

// badge is a text on an arrow; Number is that of a hop.
type badge struct {
	X, Y, Number int
	Text         string
	Failed       bool
}

// follow draws the hops of a request over the map.
func (v *mapView) follow(hops []traces.Hop) {
	taken := map[[2]string][]traces.Hop{}
	for _, hop := range hops {
		way := [2]string{hop.From, hop.To}
		taken[way] = append(taken[way], hop)
	}
	for _, arrows := range [][]arrow{v.Arrows, v.Lines} {
		for i := range arrows {
			arrows[i].take(taken[[2]string{arrows[i].From, arrows[i].To}])
		}
	}
	for i := range v.Arrows {
		v.Arrows[i].time(v.Arrows)
	}
}

// take has the arrow tell of these hops, and no longer of what was measured.
func (a *arrow) take(hops []traces.Hop) {
	a.State, a.Code, a.Cause, a.Command, a.Detail, a.Quiet = calls.Unknown, "", "", "", "This request did not go here.", len(hops) == 0
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

// pin puts the numbers of the hops on the arrow, beside each other where its label would be.
func (a *arrow) pin(hops []traces.Hop) {
	const most, wide = 4, 22
	places := min(len(hops), most+1)
	for i, hop := range hops {
		x := a.Label.X + wide*(2*i-places+1)/2
		if i == most {
			a.More = &badge{X: x, Y: a.Label.Y, Text: fmt.Sprintf("+%d", len(hops)-most)}
			return
		}
		a.Badges = append(a.Badges, badge{X: x, Y: a.Label.Y, Number: hop.Number, Failed: hop.Failed})
	}
}

// time puts what the hops took together below their numbers, or above where another arrow's label is below.
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
