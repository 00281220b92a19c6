package drawing

import (
	"fmt"
	"slices"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/explorer/network"
)

const (
	containerWidth, containerHeight = 96, 44
	sidecarPadding                  = 10
	// sidecarHead is the space for the workload's name, and frameHead the space for two lines about the Pod.
	sidecarHead, frameHead = 28, 40
	frameHeight            = frameHead + containerHeight + sidecarPadding
)

// sidecar is the Pod with two containers, and the nodes below it.
type sidecar struct {
	box       Box
	localhost *Localhost
	// externals is the number of servers outside the namespace, in the corner below the Pod.
	externals int
}

// placeSidecar places the Pod, its Services and the external servers below each other.
func (p *plan) placeSidecar(corner point, serviceTop, externalTop int) {
	var services, externals, uncalled []contract.Node
	for _, node := range p.topology.Nodes {
		_, inColumn := p.columnOf(node.Name)
		switch {
		case node.Kind == contract.ExplorerNode || node.Kind == contract.CollectorNode:
			services = append(services, node)
		case node.Kind == contract.ExternalNode && !inColumn && p.explorerCalls(node.Name):
			externals = append(externals, node)
		case node.Kind == contract.ExternalNode && !inColumn:
			uncalled = append(uncalled, node)
		}
	}
	externals = append(externals, uncalled...) // the lanes reach the rightmost ones
	if len(services)+len(externals) == 0 {
		return
	}
	at := Rect{corner.x, corner.y, sidecarWidth, p.sidecarHeight()}
	p.sidecar = &sidecar{box: Box{Rect: at, Note: p.absent()}, externals: len(externals)}
	if len(services) > 0 {
		p.fill(services[0].Workload)
	}
	p.spread(services, serviceTop, serviceHeight)
	p.spread(externals, externalTop, externalHeight)
	if len(externals) > 0 {
		p.height = max(p.height, externalTop+externalHeight+margin)
	}
}

func (p *plan) sidecarHeight() int { return p.sidecarHead() + frameHeight + sidecarPadding }

func (p *plan) sidecarHead() int {
	if len(p.hosts) > 1 {
		return sidecarHead + hostHead
	}
	return sidecarHead
}

func (p *plan) externalTop() int { return p.databaseTop() }

func (p *plan) explorerCalls(name string) bool {
	for _, call := range p.topology.Calls {
		caller, _ := p.topology.Node(call.From)
		if call.To == name && caller.Kind == contract.ExplorerNode {
			return true
		}
	}
	return false
}

// spread places nodes beside each other below the Pod.
func (p *plan) spread(nodes []contract.Node, y, height int) {
	const between = 32
	for i, node := range nodes {
		width := (sidecarWidth - between*(len(nodes)-1)) / len(nodes)
		x := p.sidecar.box.X + i*(width+between)
		if len(nodes) == 1 {
			width = externalWidth
			x += (sidecarWidth - width) / 2
		}
		p.nodes[node.Name] = Rect{x, y, width, height}
	}
}

// fill draws the first Pod as a frame around its first two containers, with the localhost arrow between them.
func (p *plan) fill(name string) {
	at := p.sidecar.box.Rect
	box := p.box(name, "Deployment", at)
	workload, _ := p.picture.Network.Workload(name)
	if len(workload.Containers) > 1 && len(box.Pods) > 0 {
		frame := Rect{at.X + sidecarPadding, at.Y + p.sidecarHead(), at.W - 2*sidecarPadding, frameHeight}
		y := frame.Y + frameHead
		left := Rect{frame.X + sidecarPadding, y, containerWidth, containerHeight}
		right := Rect{frame.right() - sidecarPadding - containerWidth, y, containerWidth, containerHeight}
		box.Frame = frame
		box.Containers = []Container{container(left, workload.Containers[0]), container(right, workload.Containers[1])}
		shown := max(0, slices.IndexFunc(box.Pods, func(pod Pod) bool { return pod.Ready }))
		box.Pods[0], box.Pods[shown] = box.Pods[shown], box.Pods[0]
		box.Hosts = p.hosts.around(box.Pods[0], frame)
		p.sidecar.localhost = &Localhost{
			Path:  path(point{left.right(), left.centre()}, point{right.X, right.centre()}),
			Label: Label{X: at.middle(), Y: left.centre(), W: right.X - left.right(), Text: "localhost"},
		}
		if more := len(workload.Pods) - 1; more > 0 {
			box.Note = fmt.Sprintf("+%d", more)
		}
	}
	p.sidecar.box = box
}

func container(at Rect, seen network.Container) Container {
	drawn := Container{Rect: at, Name: clip(seen.Name, 13), Address: "localhost only"}
	if len(seen.Ports) > 0 {
		drawn.Address = fmt.Sprintf("port %d", seen.Ports[0].Port)
	}
	return drawn
}

// behind returns the line from a Service to the first container, which listens on the Pod's address.
func (s *sidecar) behind(node contract.Node, service Rect, box Box, ready map[string]bool) []Line {
	if node.Kind != contract.ExplorerNode && node.Kind != contract.CollectorNode {
		return nil
	}
	leads := false
	for _, pod := range box.Pods {
		leads = leads || ready[pod.Name]
	}
	first := box.Containers[0].Rect
	end := point{service.middle(), first.bottom()}
	if end.x > first.right() {
		end.x = first.right() - sidecarPadding
	}
	turn := service.Y - belowPods/3
	return []Line{{Path: path(service.top(), point{service.middle(), turn}, point{end.x, turn}, end), Ready: leads}}
}
