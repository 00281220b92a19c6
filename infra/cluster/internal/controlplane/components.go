package controlplane

import (
	"os"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

// The steps of an orderly stop.
const (
	stopControllers = iota // first, because they would replace Pods that end
	stopNodes              // with their Pods, so that databases shut down cleanly
	stopAPIServer
	stopStorage // what the API server and the nodes use
)

// Config holds everything that the components of the control plane depend on.
type Config struct {
	Root  layout.Root
	Nodes []layout.Node
	// NodesCgroup is the parent of the nodes' cgroups.
	NodesCgroup string
	// EvictionAfter is how long Pods stay on a node that does not respond.
	EvictionAfter time.Duration
	// APIReady succeeds when the API server is ready.
	APIReady supervisor.Probe
	// NodeStart delays the start of the nodes until it succeeds.
	NodeStart supervisor.Probe
	// NodeReady returns a probe that succeeds when all components of a node are ready.
	NodeReady func(layout.Node) supervisor.Probe
	// HostNet and ClusterNet are the network namespaces of the host and of the control plane.
	HostNet, ClusterNet *os.File
}

// Components returns the components of the control plane, and each node as one component.
func Components(c Config) []supervisor.Component {
	all := []supervisor.Component{
		registryServer(c.Root),
		etcd(c.Root),
		apiServer(c.Root, c.EvictionAfter, c.APIReady),
		controllerManager(c.Root),
		scheduler(c.Root),
		loadBalancer(c.Root, c.HostNet),
		volumeProvisioner(c.Root),
	}
	for _, n := range c.Nodes {
		all = append(all, node(c, n))
	}
	return all
}
