package drawing

import (
	"fmt"
	"strings"

	"example.com/kubernetes-networking/apps/contract"
)

// node returns a Service with its address in the cluster, or a server outside with the port that the topology declares.
func (p *plan) node(node contract.Node, at Rect) Node {
	drawn := Node{Rect: at, Name: node.Name, Kind: node.Kind, What: "Service"}
	if node.Kind == contract.ExternalNode {
		drawn.What = "outside"
		if target, err := contract.ParseTarget(node.URL); err == nil {
			drawn.Address = fmt.Sprintf("%s port %d", target.Scheme, target.Port)
		}
		return drawn
	}
	service, found := p.picture.Network.Service(node.Name)
	if !found {
		drawn.Missing = true
		drawn.Address = p.absent()
		return drawn
	}
	drawn.Address = service.ClusterIP
	if len(service.Ports) == 0 {
		return drawn
	}
	// The address without a port is still true. The page of the Service shows its ports.
	if whole := fmt.Sprintf("%s:%d", service.ClusterIP, service.Ports[0].Port); len(whole) < at.W/7 {
		drawn.Address = whole
	}
	return drawn
}

// Title returns the name, cut to the width of the node.
func (n Node) Title() string { return clip(n.Name, n.W/8) }

// Title returns the name if it fits beside Kind and Ready, otherwise "": the Service shows the same name.
func (b Box) Title() string {
	if len(b.Kind+b.Name+b.Ready)*13/2+30 > b.W {
		return ""
	}
	return b.Name
}

// PodTitle returns the name of the first Pod, cut to the width of its frame.
func (b Box) PodTitle() string { return clip(b.Pods[0].Name, b.Frame.W/7-4) }

// HostsText lists the nodes and the addresses of their Pods.
func (d Drawing) HostsText() string {
	const most = 4
	if len(d.Hosts) == 1 {
		return "Node " + d.Hosts[0].text(", Pods ")
	}
	var parts []string
	for _, host := range d.Hosts[:min(most, len(d.Hosts))] {
		parts = append(parts, host.text(" "))
	}
	text := strings.Join(parts, " · ")
	if more := len(d.Hosts) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	if text == "" {
		return ""
	}
	return "Nodes " + text
}

func (h Host) text(between string) string {
	if h.Addresses == "" {
		return h.Name
	}
	return h.Name + between + h.Addresses
}
