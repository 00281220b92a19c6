package drawing

import (
	"fmt"
	"strings"

	"example.com/kubernetes-networking/apps/explorer/network"
)

const (
	// perRow Pods stand beside each other, and mostPods are drawn of a workload; the others are a number.
	perRow, mostPods    = 3, 9
	podWidth, podHeight = 62, 62
	boxHead, boxFoot    = 34, 8
)

func rowsOf(pods int) int { return max(1, (min(pods, mostPods)+perRow-1)/perRow) }

func boxHeight(rows int) int { return boxHead + rows*podHeight + boxFoot }

// boxes are the workloads of a column: the service's above, the database's below.
func (p *plan) boxes(c column) []Box {
	made := []Box{p.box(c.service.Workload, "Deployment", p.pods(c))}
	if c.database != nil && c.database.Workload != "" {
		service := p.nodes[c.database.Name]
		made = append(made, p.box(c.database.Workload, "StatefulSet", Rect{
			service.middle() - databaseBoxWidth/2, service.bottom() + belowDatabase, databaseBoxWidth, boxHeight(1),
		}))
	}
	return made
}

// box is a workload, or the place where the cluster lacks it.
func (p *plan) box(name, kind string, at Rect) Box {
	box := Box{Rect: at, Kind: kind, Name: name}
	workload, found := p.picture.Network.Workload(name)
	if !found {
		box.Note = p.absent()
		return box
	}
	box.Kind = workload.Kind
	box.Ready = fmt.Sprintf("%d/%d ready", workload.Ready, workload.Desired)
	box.Whole = workload.Ready >= workload.Desired && workload.Desired > 0
	switch {
	case len(workload.Pods) == 0 && workload.Desired == 0:
		box.Note = "scaled to zero"
	case len(workload.Pods) == 0:
		box.Note = "no Pods yet"
	}
	box.Pods, box.Note = stand(at, workload.Pods, box.Note)
	return box
}

// stand puts Pods into a box: a single row is centred, and of several rows the columns are aligned, so that there is a way
// between them. Those that it has no room for are counted.
func stand(box Rect, pods []network.Pod, note string) ([]Pod, string) {
	inRow := box.W / podWidth
	if room := inRow * ((box.H - boxHead) / podHeight); len(pods) > room {
		note = fmt.Sprintf("+%d", len(pods)-room)
		pods = pods[:room]
	}
	var made []Pod
	for i, pod := range pods {
		here := min(inRow, len(pods))
		made = append(made, Pod{
			X:    box.middle() + podWidth*(2*(i%inRow)-here+1)/2,
			Y:    box.Y + boxHead + i/inRow*podHeight + podHeight/2 - 8,
			Name: pod.Name, Short: shortName(pod.Name), State: pod.State, Ready: pod.Ready,
		})
	}
	if len(made) == 1 {
		made[0].Short = clip(made[0].Name, box.W/7)
	}
	return made, note
}

// shortName is what stands behind the last dash, which differs among the Pods of one workload.
func shortName(name string) string {
	return clip(name[strings.LastIndex(name, "-")+1:], 8)
}

// behind draws a line from each Service to the Pods that its EndpointSlices lead to.
func (p *plan) behind(boxes []Box) []Line {
	var lines []Line
	for _, node := range p.topology.Nodes {
		at, drawn := p.nodes[node.Name]
		service, found := p.picture.Network.Service(node.Name)
		if !drawn || !found {
			continue
		}
		ready := map[string]bool{}
		for _, endpoint := range service.Endpoints {
			ready[endpoint.Pod] = endpoint.Ready || ready[endpoint.Pod]
		}
		for _, box := range boxes {
			if len(box.Containers) > 0 {
				lines = append(lines, p.sidecar.behind(node, at, box, ready)...)
				continue
			}
			lines = append(lines, fan(at, box, ready)...)
		}
	}
	return lines
}

// fan leads from a Service to the Pods above it, to the lowest row from below and to the others from their side, or to the
// box below it.
func fan(service Rect, box Box, ready map[string]bool) []Line {
	var lines []Line
	for _, pod := range box.Pods {
		leads, known := ready[pod.Name]
		end, trunk := point{pod.X, pod.Y + podHeight/2 + 5}, box.bottom()+18
		switch {
		case !known:
		case box.Y < service.Y && end.y < box.bottom()-podHeight:
			const beside, edge = podWidth / 2, 19 // half of a Pod's outline, and a little
			lines = append(lines, Line{Path: path(service.top(), point{service.middle(), trunk}, point{pod.X - beside, trunk},
				point{pod.X - beside, pod.Y}, point{pod.X - edge, pod.Y}), Ready: leads})
		case box.Y < service.Y:
			lines = append(lines, Line{Path: path(service.top(), point{service.middle(), trunk}, point{end.x, trunk}, end), Ready: leads})
		default:
			lines = append(lines, Line{Path: path(service.below(), box.top()), Ready: leads})
		}
	}
	return lines
}
