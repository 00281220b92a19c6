package drawing

import (
	"fmt"
	"strings"

	"example.com/kubernetes-networking/apps/explorer/network"
)

const (
	perRow, mostRows    = 3, 3
	podWidth, podHeight = 62, 74
	// hostHead is the space for the name of a node, and hostFoot the space below the names of its Pods.
	hostHead, hostFoot = 10, 6
	// podTop and podFoot are the distances from a Pod's centre to its upper edge, and to the end of the texts below it.
	podTop, podFoot  = 18, 48
	boxHead, boxFoot = 34, 8
)

// rowsOf returns the number of rows for a workload with desired Pods. It does not depend on the actual number of Pods:
// during a rollout the map keeps its size, and additional Pods move closer together.
func rowsOf(desired int32) int {
	return max(1, min(mostRows, (int(desired)+perRow-1)/perRow))
}

// mostInRow returns the maximum number of Pods in a row when they move closer together.
func mostInRow(rows int) int { return 7 - rows }

// podHeight returns the distance between two rows. The outlines of nodes need some space.
func (p *plan) podHeight() int {
	if len(p.hosts) > 1 {
		return podHeight + hostHead + hostFoot
	}
	return podHeight
}

// podFoot returns the distance from a Pod's centre to the end of its row.
func (p *plan) podFoot() int {
	if len(p.hosts) > 1 {
		return podFoot + hostFoot
	}
	return podFoot
}

func (p *plan) boxHeight(rows int) int { return boxHead + rows*p.podHeight() + boxFoot }

// boxes returns the workloads of a column: the Deployment, and the StatefulSet of the database.
func (p *plan) boxes(c column) []Box {
	made := []Box{p.box(c.service.Workload, "Deployment", p.pods(c))}
	if c.database != nil && c.database.Workload != "" {
		made = append(made, p.box(c.database.Workload, "StatefulSet", p.databaseBox(c)))
	}
	return made
}

// box returns a workload with its Pods. If the cluster does not have it, the box holds a note instead.
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
	box.Pods, box.Note = p.placePods(at, workload.Pods, box.Note)
	box.Hosts = p.hosts.frames(box.Pods)
	return box
}

// placePods places Pods in a box. A single row is centred. The columns of several rows are aligned, so that lines fit
// between them. If the box is full, the note counts the remaining Pods.
func (p *plan) placePods(box Rect, pods []network.Pod, note string) ([]Pod, string) {
	rows := max(1, (box.H-boxHead)/p.podHeight())
	if room := rows * mostInRow(rows); len(pods) > room {
		note = fmt.Sprintf("+%d", len(pods)-room)
		pods = pods[:room]
	}
	inRow := min(len(pods), max(perRow, (len(pods)+rows-1)/rows))
	var made []Pod
	for i, pod := range p.hosts.sorted(pods) {
		pitch := min(podWidth, box.W/inRow)
		made = append(made, Pod{
			X:    box.middle() + pitch*(2*(i%inRow)-inRow+1)/2,
			Y:    box.Y + boxHead + i/inRow*p.podHeight() + p.podHeight() - p.podFoot() + 3,
			W:    pitch,
			Name: pod.Name, Short: fitting(shortName(pod.Name), pitch), Address: p.hosts.short(pod),
			IP: pod.IP, Host: pod.Node, State: pod.State, Ready: pod.Ready,
		})
	}
	if len(made) == 1 {
		made[0].W, made[0].Short = box.W-2*boxFoot, clip(made[0].Name, box.W/7)
	}
	return made, note
}

// fitting returns text if it fits into width, otherwise "": half of a random suffix does not identify a Pod.
func fitting(text string, width int) string {
	const narrow = 7
	if len(text)*narrow > width {
		return ""
	}
	return text
}

// shortName returns the part of a Pod's name after the last dash, which is unique within the workload.
func shortName(name string) string {
	return name[strings.LastIndex(name, "-")+1:]
}

// behind returns the lines from each Service to the Pods in its EndpointSlices.
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

// fan returns the lines from a Service to the Pods above it, or to the box below it. A line enters Pods of the lowest
// row from below, and Pods of other rows from the side.
func fan(service Rect, box Box, ready map[string]bool) []Line {
	var lines []Line
	for _, pod := range box.Pods {
		leads, known := ready[pod.Name]
		end, trunk := point{pod.X, pod.Y + podFoot}, box.bottom()+18
		if len(box.Hosts) > 0 {
			end.y += hostFoot
		}
		switch {
		case !known:
		case box.Y < service.Y && end.y < box.bottom()-podHeight:
			beside, edge := pod.X-pod.W/2, pod.X-pod.Radius()-1
			lines = append(lines, Line{Path: path(service.top(), point{service.middle(), trunk}, point{beside, trunk},
				point{beside, pod.Y}, point{edge, pod.Y}), Ready: leads})
		case box.Y < service.Y:
			lines = append(lines,
				Line{Path: path(service.top(), point{service.middle(), trunk}, point{end.x, trunk}, end), Ready: leads})
		default:
			lines = append(lines, Line{Path: path(service.below(), box.top()), Ready: leads})
		}
	}
	return lines
}
