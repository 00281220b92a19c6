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

// mostPods limits the Pods in the table. /topology.json has all of them.
const mostPods = 100

// mapView holds the contents of the map and of the tables below it.
type mapView struct {
	sheet

	// Narrow is the drawing for narrow screens.
	Narrow   sheet
	Facts    []facts
	PodFacts []facts
	Problems []string
	Lab      *activeLab
	Pods     []podRow
	MorePods int
}

// sheet is one drawing of the network.
type sheet struct {
	Network network.Network
	Drawing drawing.Drawing
	// Arrows are in the order of the topology. Lines are the same arrows in the order of painting.
	Arrows, Lines []arrow
	// Prefix is the prefix of the ids of its elements, because the page has two drawings.
	Prefix string
}

func newSheet(seen network.Network, drawn drawing.Drawing, prefix string) sheet {
	made := sheet{Network: seen, Drawing: drawn, Prefix: prefix}
	for _, call := range drawn.Calls {
		made.Arrows = append(made.Arrows, arrow{Call: call})
	}
	for _, call := range drawn.Lines {
		made.Lines = append(made.Lines, arrow{Call: call})
	}
	return made
}

// box is a workload on a sheet.
type box struct {
	drawing.Box
	Prefix string
}

// Boxes returns the workloads.
func (s sheet) Boxes() []box {
	var made []box
	for _, drawn := range s.Drawing.Boxes {
		made = append(made, box{drawn, s.Prefix})
	}
	return made
}

// arrow is a call. On the page of a request it has the hops that used the connection.
type arrow struct {
	drawing.Call
	Badges []badge
	More   *badge
	// Took is the total time of the hops.
	Took *badge
	// Quiet marks a connection that the request did not use.
	Quiet bool
}

// podRow is a Pod in the table.
type podRow struct {
	network.Pod
	Workload string
}

func newMapView(topology contract.Topology, picture calls.Picture) mapView {
	view := mapView{
		sheet:  newSheet(picture.Network, drawing.Draw(topology, picture), ""),
		Narrow: newSheet(picture.Network, drawing.DrawTall(topology, picture), "narrow-"),
	}
	view.Lab = newActiveLab(picture.Network, picture.Calls, time.Now())
	if picture.Network.Problem != "" {
		view.Problems = append(view.Problems, picture.Network.Problem)
	}
	if picture.Unenforced != "" {
		view.Problems = append(view.Problems, picture.Unenforced)
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

// addPodFacts adds the facts of the drawn Pods.
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

// Sentence returns the arrow in words.
func (a arrow) Sentence() string {
	text := fmt.Sprintf("%s calls %s: %s", a.From, a.To, a.State)
	switch a.State {
	case calls.Working:
		if a.Times.Measurements == 0 {
			return text + ", " + prose.Milliseconds(a.Milliseconds)
		}
		return text + ", " + a.Times.String()
	case calls.Failing:
		return strings.TrimSuffix(text+", "+string(a.Code), ", ") + ". " + a.Detail
	default:
		return text + ". " + a.Detail
	}
}
