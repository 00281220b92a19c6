// Package controlplane is the supervisor of the control plane: the process `cluster supervise`. It starts the
// components and the nodes, applies the add-ons, and serves the commands that change a running cluster.
//
// Start reading at Supervise. Each component has a file with everything about it: command line, dependencies, readiness
// check and part in an orderly stop (registry.go, etcd.go, apiserver.go, …, node.go). Package process draws the process
// tree.
package controlplane

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"k8s.io/client-go/kubernetes"

	"example.com/kubernetes-networking/infra/cluster/internal/apiclient"
	"example.com/kubernetes-networking/infra/cluster/internal/eviction"
	"example.com/kubernetes-networking/infra/cluster/internal/hostnet"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/nodeaddresses"
	"example.com/kubernetes-networking/infra/cluster/internal/pki"
	"example.com/kubernetes-networking/infra/cluster/internal/podnetwork"
	"example.com/kubernetes-networking/infra/cluster/internal/process"
	"example.com/kubernetes-networking/infra/cluster/internal/registry"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

// cluster is the control plane with its nodes.
type cluster struct {
	root       layout.Root
	nodes      []layout.Node
	status     *supervisor.StatusFile
	supervisor *supervisor.Supervisor
	client     kubernetes.Interface
	started    time.Time
	images     registry.SystemImages
	// newCA is true if an existing cluster got another CA, which its namespaces do not have yet.
	newCA bool
}

// Supervise runs the cluster until ctx ends, and then stops it in order.
func Supervise(ctx context.Context, o process.Options) error {
	hostNet, err := process.Supervise.Inherited(process.HostNet)
	if err != nil {
		return err
	}
	defer hostNet.Close()
	status, err := supervisor.NewStatusFile(o.Root.State("status.json"))
	if err != nil {
		return err
	}
	unregister := context.AfterFunc(ctx, func() {
		status.Change(func(s *supervisor.Status) { s.Stopping = true })
	})
	defer unregister()
	c := &cluster{root: o.Root, status: status, started: time.Now()}
	if err := c.run(ctx, hostNet); err != nil {
		status.Change(func(s *supervisor.Status) { s.Failure = err.Error() })
		return err
	}
	return nil
}

func (c *cluster) run(ctx context.Context, hostNet *os.File) error {
	if err := c.prepare(); err != nil || ctx.Err() != nil {
		return err
	}
	config, err := c.config(hostNet)
	if err != nil {
		return err
	}
	c.supervisor = supervisor.New(Components(config), c.status)
	// Not ctx: when it ends, the components must run until the orderly stop ends them.
	components := context.WithoutCancel(ctx)
	c.supervisor.Start(components)
	defer c.supervisor.Stop()
	if err := publishPorts(ctx, hostNet); err != nil {
		return err
	}
	if err := c.serveControl(ctx, components); err != nil {
		return err
	}
	go func() { _ = podnetwork.RunControlPlane(ctx, c.client) }()
	go func() { _ = nodeaddresses.Run(ctx, c.client) }()
	if err := c.becomeReady(ctx); err != nil && ctx.Err() == nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// prepare creates the files that components read when they start.
func (c *cluster) prepare() error {
	if err := supervisor.RotateLogs(c.root.State("log"), c.root.Log("supervisor")); err != nil {
		return err
	}
	var err error
	if c.images, err = registry.NewSystemImages(c.root); err != nil {
		return err
	}
	if c.nodes, err = c.root.Nodes(); err != nil {
		return err
	}
	for _, node := range c.nodes { // the status of the last run
		if err := os.Remove(c.root.NodeState(node, "status.json")); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if err := writeConfig(c.root); err != nil {
		return err
	}
	if c.newCA, err = pki.Ensure(c.root, c.nodes); err != nil {
		return err
	}
	c.client, err = apiclient.New(c.root.UserKubeconfig(pki.SuperAdmin))
	return err
}

func (c *cluster) config(hostNet *os.File) (Config, error) {
	clusterNet, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return Config{}, err
	}
	cgroup, err := c.root.Cgroup()
	if err != nil {
		return Config{}, err
	}
	evictionAfter, err := eviction.After(c.root)
	if err != nil {
		return Config{}, err
	}
	config := Config{
		Root: c.root, Nodes: c.nodes, NodesCgroup: cgroup, EvictionAfter: evictionAfter,
		APIReady:  apiclient.Ready(c.client),
		NodeReady: c.nodeReady,
		HostNet:   hostNet, ClusterNet: clusterNet,
	}
	if c.newCA {
		config.NodeStart = supervisor.Probe{Name: "every namespace has the new CA certificate", Check: c.checkCAPublished}
	}
	return config, nil
}

// publishPorts forwards connections from the host's loopback to the API server and the registry until ctx ends.
func publishPorts(ctx context.Context, hostNet *os.File) error {
	for _, address := range []string{layout.APIAddress, layout.RegistryAddress} {
		listener, err := hostnet.Namespace(hostNet.Fd()).Listen(address)
		if err != nil {
			return fmt.Errorf("listen on the host's %s: %w", address, err)
		}
		context.AfterFunc(ctx, func() { _ = listener.Close() })
		go hostnet.Forward(ctx, listener, hostnet.To(address))
	}
	return nil
}
