package service

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/drawing"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/explorer/prose"
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
	PodFacts []facts
	Problems []string
	Lab      *activeLab
	Pods     []podRow
	MorePods int
}

// arrow is a call, with the hops of a request that went this way.
type arrow struct {
	drawing.Call
	Badges []badge
	More   *badge
	// Took is the time of the hops together, and where it stands.
	Took *badge
	// Quiet is an arrow that the request did not take.
	Quiet bool
}

// podRow is a Pod in the table.
type podRow struct {
	network.Pod
	Workload string
}

func newMapView(topology contract.Topology, picture calls.Picture) mapView {
	view := mapView{Network: picture.Network, Drawing: drawing.Draw(topology, picture)}
	view.Lab = newActiveLab(picture.Network, picture.Calls, time.Now())
	if picture.Network.Problem != "" {
		view.Problems = append(view.Problems, picture.Network.Problem)
	}
	if picture.Unenforced != "" {
		view.Problems = append(view.Problems, picture.Unenforced)
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
	view.addPodFacts()
	return view
}

// addPodFacts adds the facts of the Pods that are drawn.
func (v *mapView) addPodFacts() {
	for _, box := range v.Drawing.Boxes {
		shown := box.Pods
		if len(box.Containers) > 0 {
			shown = shown[:1]
		}
		for _, drawn := range shown {
			if pod, workload, found := find(drawn.Name, v.Network); found {
				v.PodFacts = append(v.PodFacts, podFacts(pod, workload, v.Network))
			}
		}
	}
}

// HasCommand reports whether the tables show a command.
func (v mapView) HasCommand() bool {
	return slices.ContainsFunc(v.Arrows, func(arrow arrow) bool { return arrow.Command != "" })
}

// Sentence is the arrow in words.
func (a arrow) Sentence() string {
	said := fmt.Sprintf("%s calls %s: %s", a.From, a.To, a.State)
	switch a.State {
	case calls.Working:
		if a.Times.Measurements == 0 {
			return said + ", " + prose.Milliseconds(a.Milliseconds)
		}
		return said + ", " + a.Times.String()
	case calls.Failing:
		return strings.TrimSuffix(said+", "+string(a.Code), ", ") + ". " + a.Why()
	default:
		return said + ". " + a.Detail
	}
}
