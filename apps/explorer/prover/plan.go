package prover

import (
	"net"
	"slices"
	"strconv"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/contract/matrix"
	"example.com/kubernetes-networking/apps/explorer/agents"
	"example.com/kubernetes-networking/apps/explorer/network"
)

// maxPods bounds the measured Pods of a workload: more Pods of the same workload prove nothing more.
const maxPods = 9

// target is a destination to which every source connects.
type target struct {
	to   contract.Node
	kind matrix.Kind
	url  string
	pod  network.Pod // the Pod at the address; empty for a name
	// listens is true if a process listens on the port. Only then does a failed connection prove that a policy denies it.
	listens bool
}

// planned is a row to be measured.
type planned struct {
	matrix.Row
	source agents.Source
	target target
}

// plan lists all rows. Their order depends only on the topology and the names of the Pods.
func (p *Prover) plan(seen network.Network) []planned {
	var rows []planned
	targets := p.targets(seen)
	for _, from := range p.topology.Nodes {
		if from.Kind != contract.ServiceNode && from.Kind != contract.ExplorerNode {
			continue
		}
		sources := p.agents.Sources(seen, from)
		if len(sources) == 0 {
			sources = []agents.Source{{Kind: from.Kind}} // its rows become Unmeasured instead of missing
		}
		for _, source := range sources[:min(len(sources), maxPods)] {
			for _, target := range targets {
				row := matrix.Row{
					From: from.Name, FromPod: source.Pod.Name, To: target.to.Name, Kind: target.kind, Target: target.url, ToPod: target.pod.Name,
				}
				row.Expected, row.Reason = p.expect(from, source.Pod, target)
				row.Group = group(source.Pod, target)
				rows = append(rows, planned{row, source, target})
			}
		}
	}
	return rows
}

func (p *Prover) targets(seen network.Network) []target {
	var services, pods, externals, controls []target
	for _, node := range p.topology.Nodes {
		if node.Kind == contract.ExternalNode {
			if p.called(node.Name) {
				externals = append(externals, target{to: node, kind: matrix.External, url: node.URL})
			}
			continue
		}
		ready := readyPods(seen, node.Workload)
		services = append(services, target{to: node, kind: matrix.Service, url: node.URL, listens: len(ready) > 0})
		for _, one := range ready {
			if node.Kind == contract.CollectorNode { // the explorer's Pod at another port, without a request
				controls = append(controls, podTarget(node, matrix.Control, "tcp", one, strconv.Itoa(node.PodPort)))
				continue
			}
			declared, _ := contract.ParseTarget(node.URL)
			pods = append(pods, podTarget(node, matrix.Pod, declared.Scheme, one, strconv.Itoa(node.PodPort)))
			switch node.Kind {
			case contract.ServiceNode:
				controls = append(controls, podTarget(node, matrix.Control, "tcp", one, p.agents.ProbePort()))
			case contract.ExplorerNode:
				probe := podTarget(node, matrix.Control, "tcp", one, p.probePort())
				probe.listens = false // it listens on localhost only
				controls = append(controls, probe)
			}
		}
	}
	local := target{to: contract.Node{Name: string(matrix.Localhost)}, kind: matrix.Localhost, url: p.agents.Localhost()}
	return slices.Concat(services, pods, externals, []target{local}, controls)
}

// group returns the group of a row. Rows with different expectations are in different groups: a Pod always reaches
// itself, but usually not the other Pods of its workload.
func group(source network.Pod, target target) string {
	to := target.to.Name
	switch {
	case target.kind == matrix.Control && target.to.Kind == contract.ExplorerNode:
		return "the probe port of " + to
	case target.pod.IP != "" && target.pod.IP == source.IP:
		return "the Pod itself"
	case target.kind == matrix.Pod, target.kind == matrix.Control && target.to.Kind == contract.CollectorNode:
		return "the Pods of " + to
	case target.kind == matrix.Control:
		return "the probe port of " + to
	case target.kind == matrix.Service:
		return "the Service " + to
	}
	return to
}

func podTarget(node contract.Node, kind matrix.Kind, scheme string, of network.Pod, port string) target {
	return target{to: node, kind: kind, url: scheme + "://" + net.JoinHostPort(of.IP, port), pod: of, listens: true}
}

// probePort returns the port of the probe on the localhost of the explorer's Pod.
func (p *Prover) probePort() string {
	probe, err := contract.ParseTarget(p.agents.Localhost())
	if err != nil {
		return "0" // PROBE_URL has a path, which the probe does not serve
	}
	return strconv.Itoa(int(probe.Port))
}

// called reports whether a call to the node is declared.
func (p *Prover) called(name string) bool {
	return slices.ContainsFunc(p.topology.Calls, func(call contract.Call) bool { return call.To == name })
}

func readyPods(seen network.Network, workload string) []network.Pod {
	var ready []network.Pod
	found, _ := seen.Workload(workload)
	for _, one := range found.Pods {
		if one.Ready && one.IP != "" && one.State != "Terminating" && len(ready) < maxPods {
			ready = append(ready, one)
		}
	}
	return ready
}

// port returns the port of the target.
func (t target) port() int32 {
	parsed, _ := contract.ParseTarget(t.url)
	return int32(parsed.Port)
}
