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
	"example.com/kubernetes-networking/infra/sidecar"
	"example.com/kubernetes-networking/infra/topology"
	"example.com/kubernetes-networking/infra/workload"
)

// telemetry returns where every service sends its traces: to the explorer's Pod, and to a collector if the stack has
// one.
func (d *Demo) telemetry(explorer *sidecar.Pod) contract.Telemetry[env.Value] {
	telemetry := contract.Telemetry[env.Value]{
		LogLevel: env.Text(pulumi.String(d.stack.LogLevel)), TracesURL: explorer.TracesURL(),
		OTLPEndpoint: env.Text(pulumi.String("")),
	}
	if collector, found := d.collector(); found {
		telemetry.OTLPEndpoint = env.Address(pulumi.String(d.stack.OTLPEndpoint), collector)
	}
	return telemetry
}

// collector returns the host of otlpEndpoint, if it is set.
func (d *Demo) collector() (topology.Host, bool) {
	endpoint, err := url.Parse(d.stack.OTLPEndpoint)
	if d.stack.OTLPEndpoint == "" || err != nil { // package config validates it
		return topology.Host{}, false
	}
	port, err := strconv.Atoi(endpoint.Port())
	if err != nil {
		port = map[string]int{"http": 80, "https": 443}[endpoint.Scheme]
	}
	return topology.Host{Name: endpoint.Hostname(), Port: port, Scheme: "tcp"}, true
}

// probe returns the environment with which a service's Pods serve the explorer's probes.
func (d *Demo) probe() contract.ProbeEndpoint[env.Value] {
	return contract.ProbeEndpoint[env.Value]{Port: probePort(), Allowlist: d.allowlist()}
}

func probePort() env.Value { return env.Text(pulumi.Sprintf("%d", workload.ProbePort)) }

// allowlist returns what may be measured, which is the same for all Pods. It declares no calls: the policies still deny
// what is not called, and the measurements prove it.
func (d *Demo) allowlist() contract.Allowlist[env.Value] {
	outside := []string{topology.APIServer{}.Target()}
	if collector, found := d.collector(); found {
		outside = append(outside, collector.Target())
	}
	outside = append(outside, sidecar.ProbeTarget())
	targets := d.targets.ToStringArrayOutput().ApplyT(func(declared []string) string {
		var all []string
		for _, target := range append(slices.Clone(declared), outside...) {
			if !slices.Contains(all, target) { // external databases may share a server
				all = append(all, target)
			}
		}
		return strings.Join(all, ",")
	}).(pulumi.StringOutput)
	// The ports of the Pods. Some are called, and the others must be closed to everything but the explorer.
	pods := pulumi.Sprintf("http://%[1]s:%[2]d,postgresql://%[1]s:%[3]d,"+
		"tcp://%[1]s:%[4]d,tcp://%[1]s:%[5]d,tcp://%[1]s:%[6]d",
		d.pods, workload.Port, database.Port, sidecar.ProbePort, workload.ProbePort, sidecar.TracesPort)
	return contract.Allowlist[env.Value]{Targets: env.Text(targets), Pods: env.Text(pods)}
}

// responseDelay returns how long products delays its answers, which a lab sets.
func (d *Demo) responseDelay() env.Value { return env.Text(pulumi.String(d.fault.ResponseDelay())) }

func (d *Demo) namespaceName() env.Value { return env.Text(d.namespace.Name) }

// apiServerURL returns the URL of the Kubernetes API for Pods.
func (d *Demo) apiServerURL() env.Value {
	endpoints := d.read(func(ctx context.Context) (any, error) { return d.cluster.APIServers(ctx) })
	server := topology.APIServer{Endpoints: endpoints}
	return env.Address(pulumi.String(server.URL()), server)
}
