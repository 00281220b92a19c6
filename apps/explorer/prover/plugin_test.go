package prover_test

import (
	"strings"
	"sync"

	core "k8s.io/api/core/v1"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/contract/failure"
	"example.com/kubernetes-networking/apps/explorer/agents"
	"example.com/kubernetes-networking/apps/explorer/demotest"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/explorer/policy"
	"example.com/kubernetes-networking/apps/internal/probe"
)

// plugin simulates a network. The cluster's Services, Pods and policies alone decide which connections succeed, so that
// the tests compare the prover's expectations with the demo's policies.
type plugin struct {
	cluster  *demotest.Cluster
	agents   *agents.Agents // for the ports that depend on the test's listener
	enforces bool

	mutex sync.Mutex
	count int
}

var (
	connected = probe.Measurement{Connection: &probe.Connection{}}
	refused   = probe.Measurement{Failure: &failure.Failure{Code: failure.Refused, Detail: "Refused."}}
)

func (p *plugin) measure(pod, text string) probe.Measurement {
	p.mutex.Lock()
	p.count++
	p.mutex.Unlock()
	target, _ := contract.ParseTarget(text)
	source, fromLabels := p.pod(func(one network.Pod) bool { return one.Name == pod })
	if text == p.agents.Localhost() {
		return verdict(pod == "explorer-0")
	}
	if target.Host == "kubernetes.default.svc" {
		return verdict(!p.enforces || pod == "explorer-0")
	}
	address, port := target.Host, int32(target.Port)
	if name, inside := strings.CutSuffix(target.Host, ".demo.svc"); inside {
		endpoints := p.cluster.Service(name).Endpoints
		if len(endpoints) == 0 || !endpoints[0].Ready {
			return refused
		}
		address, port = endpoints[0].Address, endpoints[0].Port
	}
	server, toLabels := p.pod(func(one network.Pod) bool { return one.IP == address })
	if portText, _ := contract.ParseTarget("http://x:" + p.agents.ProbePort()); port == int32(portText.Port) {
		port = 8082 // the test's listener has another port
		if server.Name == "explorer-0" {
			return refused // the explorer's probe port, which equals the listener's
		}
	}
	from := policy.Peer{Labels: fromLabels, IP: source.IP}
	to := policy.Peer{Labels: toLabels, IP: address}
	return verdict(!p.enforces || policy.Check(p.cluster.Denied, "demo", from, to, core.ProtocolTCP, port).Allowed)
}

func verdict(allowed bool) probe.Measurement {
	if allowed {
		return connected
	}
	return refused
}

func (p *plugin) pod(is func(network.Pod) bool) (network.Pod, map[string]string) {
	for _, workload := range p.cluster.Seen.Workloads {
		for _, pod := range workload.Pods {
			if is(pod) {
				return pod, workload.Labels
			}
		}
	}
	return network.Pod{}, nil
}
