package main

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/infra/database"
	"example.com/kubernetes-networking/infra/env"
	"example.com/kubernetes-networking/infra/policy"
	"example.com/kubernetes-networking/infra/sidecar"
	"example.com/kubernetes-networking/infra/workload"
)

// telemetry is what every service tells about itself, and where: the explorer's Pod, and a collector if there is one.
func (p *parts) telemetry(to *sidecar.Pod) contract.Telemetry[env.Value] {
	told := contract.Telemetry[env.Value]{
		LogLevel: env.Text(pulumi.String(p.stack.LogLevel)), TracesURL: to.TracesURL(), OTLPEndpoint: env.Text(pulumi.String("")),
	}
	if collector, found := p.collector(); found {
		told.OTLPEndpoint = env.Call(pulumi.String(p.stack.OTLPEndpoint), collector)
	}
	return told
}

// collector is the one that the configuration names, if it does.
func (p *parts) collector() (policy.Host, bool) {
	at, err := url.Parse(p.stack.OTLPEndpoint)
	if p.stack.OTLPEndpoint == "" || err != nil { // the configuration has been checked
		return policy.Host{}, false
	}
	port, err := strconv.Atoi(at.Port())
	if err != nil {
		port = map[string]int{"http": 80, "https": 443}[at.Scheme]
	}
	return policy.Host{Name: at.Hostname(), Port: port, Scheme: "tcp"}, true
}

// measure is how the explorer measures from inside of a service's Pods.
func (p *parts) measure() contract.Measure[env.Value] {
	return contract.Measure[env.Value]{Port: measurePort(), Reach: p.reach()}
}

func measurePort() env.Value { return env.Text(pulumi.Sprintf("%d", workload.MeasurePort)) }

// reach is what may be measured, the same from everywhere. It declares no call: policies stay closed to all that is not
// called, and measuring is what proves it.
func (p *parts) reach() contract.Reach[env.Value] {
	outside := []string{policy.APIServer{}.Target()}
	if collector, found := p.collector(); found {
		outside = append(outside, collector.Target())
	}
	outside = append(outside, sidecar.ProbeTarget())
	targets := p.targets.ToStringArrayOutput().ApplyT(func(parts []string) string {
		var all []string
		for _, target := range append(slices.Clone(parts), outside...) {
			if !slices.Contains(all, target) { // external databases may share a server
				all = append(all, target)
			}
		}
		return strings.Join(all, ",")
	}).(pulumi.StringOutput)
	// Where the Pods listen: what is called, and what has to be closed to all but the explorer.
	pods := pulumi.Sprintf("http://%[1]s:%[2]d,postgresql://%[1]s:%[3]d,tcp://%[1]s:%[4]d,tcp://%[1]s:%[5]d,tcp://%[1]s:%[6]d",
		p.pods, workload.Port, database.Port, sidecar.ProbePort, workload.MeasurePort, sidecar.TracesPort)
	return contract.Reach[env.Value]{Targets: env.Text(targets), Pods: env.Text(pods)}
}

// responseDelay is how long products holds its answers back, which is a lab.
func (p *parts) responseDelay() env.Value { return env.Text(pulumi.String(p.scene.ResponseDelay())) }

// lab is how the demo is broken on purpose; empty if it is not.
func (p *parts) lab() pulumi.String { return pulumi.String(p.scene.Lab) }

// topology is all that is declared, once the explorer's own calls are.
func (p *parts) topology() env.Value { return env.Late(p.network.Topology) }

func (p *parts) namespaceName() env.Value { return env.Text(p.namespace.Name) }

// apiServerURL is where the Kubernetes API is called.
func (p *parts) apiServerURL() env.Value {
	server := policy.APIServer{Endpoints: p.ask(func(ctx context.Context) (any, error) { return p.cluster.APIServers(ctx) })}
	return env.Call(pulumi.String(server.URL()), server)
}
