package service

import (
	"fmt"
	"strings"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/drawing"
	"example.com/kubernetes-networking/apps/explorer/labs"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/explorer/traces"
)

// mostPods is how many Pods the table has. All of them are in /topology.json.
const mostPods = 100

// mapView is what the map and the tables below it show.
type mapView struct {
	Network  network.Network
	Drawing  drawing.Drawing
	Arrows   []arrow
	Lines    []arrow
	Facts    []facts
	Problems []string
	Lab      *labs.Lab
	Pods     []podRow
	MorePods int
}

// arrow is a call, with the hops of a request that went this way.
type arrow struct {
	drawing.Call
	Badges []badge
	More   *badge
	// Quiet is an arrow that the request did not take.
	Quiet bool
}

// badge is a number on an arrow.
type badge struct {
	X, Y, Number int
	Text         string
	Failed       bool
}

// podRow is a Pod in the table.
type podRow struct {
	network.Pod
	Workload string
}

func newMapView(topology contract.Topology, picture calls.Picture) mapView {
	view := mapView{Network: picture.Network, Drawing: drawing.Draw(topology, picture)}
	if picture.Network.Problem != "" {
		view.Problems = append(view.Problems, picture.Network.Problem)
	} else if len(picture.Network.Workloads) == 0 {
		view.Problems = append(view.Problems, "The namespace has no workload of the demo: deploy it with pulumi up.")
	}
	for _, call := range view.Drawing.Calls {
		view.Arrows = append(view.Arrows, arrow{Call: call})
	}
	for _, call := range view.Drawing.Lines {
		view.Lines = append(view.Lines, arrow{Call: call})
	}
	for _, node := range topology.Nodes {
		view.Facts = append(view.Facts, factsOf(node, picture.Network))
	}
	for _, workload := range picture.Network.Workloads {
		for _, pod := range workload.Pods {
			if len(view.Pods) == mostPods {
				view.MorePods++
				continue
			}
			view.Pods = append(view.Pods, podRow{pod, workload.Name})
		}
	}
	return view
}

// Sentence is the arrow in words.
func (a arrow) Sentence() string {
	said := fmt.Sprintf("%s calls %s: %s", a.From, a.To, a.State)
	switch a.State {
	case calls.Working:
		return said + ", " + drawing.Milliseconds(a.Milliseconds)
	case calls.Failing:
		return strings.TrimSuffix(said+", "+string(a.Code), ", ") + ". " + a.Detail
	default:
		return said + ". " + a.Detail
	}
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
}

// take has the arrow tell of these hops, and no longer of what was measured.
func (a *arrow) take(hops []traces.Hop) {
	a.State, a.Code, a.Detail, a.Quiet = calls.Unknown, "", "This request did not go here.", len(hops) == 0
	for _, hop := range hops {
		if hop.Failed {
			a.State, a.Detail = calls.Failing, "A hop of this request failed here."
			break
		}
		a.State, a.Milliseconds = calls.Working, hop.Milliseconds
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
