// Package supervise is what runs inside the sandboxes: of the control plane, its components, the way in from the host, the
// nodes and the add-ons; of a node, its components.
package supervise

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/kubernetes"

	"example.com/kubernetes-networking/infra/cluster/internal/apiclient"
	"example.com/kubernetes-networking/infra/cluster/internal/components"
	"example.com/kubernetes-networking/infra/cluster/internal/eviction"
	"example.com/kubernetes-networking/infra/cluster/internal/hostnet"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/nodeaddresses"
	"example.com/kubernetes-networking/infra/cluster/internal/pki"
	"example.com/kubernetes-networking/infra/cluster/internal/podnetwork"
	"example.com/kubernetes-networking/infra/cluster/internal/registry"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

// Grace periods of an orderly stop. A node's own are shorter than what it is given here.
const (
	controllersGrace = time.Second
	nodesGrace       = 6 * time.Second
	// The API server would wait for its watches to end, and has nothing to lose: what it has acknowledged is in etcd.
	apiServerGrace = 200 * time.Millisecond
	storesGrace    = 3 * time.Second
)

// cluster is the control plane with its nodes.
type cluster struct {
	root       layout.Root
	nodes      []layout.Node
	status     *supervisor.StatusFile
	supervisor *supervisor.Supervisor
	client     kubernetes.Interface
	since      time.Time
	images     images
	// newAuthority says that the Pods still have to be told of another authority than they knew.
	newAuthority bool
}

// RunCluster runs the cluster until ctx ends, and then stops it in order.
func RunCluster(ctx context.Context, root layout.Root, hostNet *os.File) error {
	status, err := supervisor.NewStatusFile(root.State("status.json"))
	if err != nil {
		return err
	}
	ends := context.AfterFunc(ctx, func() {
		status.Change(func(s *supervisor.Status) { s.Stopping = true })
	})
	defer ends()
	c := &cluster{root: root, status: status, since: time.Now()}
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
	all, err := c.components(hostNet)
	if err != nil {
		return err
	}
	c.supervisor = supervisor.New(all, c.root.Log, c.status)
	// Not ctx: its end starts an orderly stop, which components must not run ahead of.
	life := context.WithoutCancel(ctx)
	c.supervisor.Start(life)
	defer c.stop()
	if err := openToHost(ctx, hostNet); err != nil {
		return err
	}
	if err := c.serveControl(ctx, life); err != nil {
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

// prepare makes the files that components need before they start.
func (c *cluster) prepare() error {
	if err := keepPreviousLogs(c.root, "supervisor"); err != nil {
		return err
	}
	var err error
	if c.images, err = nameImages(c.root); err != nil {
		return err
	}
	if c.nodes, err = c.root.Nodes(); err != nil {
		return err
	}
	for _, node := range c.nodes { // what it says is of the last start
		if err := os.Remove(c.root.NodeState(node, "status.json")); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if err := components.WriteControlPlaneConfig(c.root); err != nil {
		return err
	}
	if c.newAuthority, err = pki.Ensure(c.root, c.nodes); err != nil {
		return err
	}
	c.client, err = apiclient.New(c.root.UserKubeconfig(pki.SuperAdmin))
	return err
}

func (c *cluster) components(hostNet *os.File) ([]supervisor.Component, error) {
	clusterNet, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return nil, err
	}
	cgroup, err := c.root.Cgroup()
	if err != nil {
		return nil, err
	}
	evictionAfter, err := eviction.After(c.root)
	if err != nil {
		return nil, err
	}
	all := components.ControlPlane(c.root, evictionAfter, answers(c.client), hostNet)
	for _, node := range c.nodes {
		component := components.Node(c.root, node, filepath.Join(cgroup, node.Name()), c.nodeRuns(node), clusterNet)
		if c.newAuthority {
			component.After = c.authorityPublished
		}
		all = append(all, component)
	}
	return all, nil
}

// nodeRuns checks that every component of a node runs and answers.
func (c *cluster) nodeRuns(node layout.Node) func(context.Context) error {
	return func(context.Context) error {
		status, err := supervisor.ReadStatus(c.root.NodeState(node, "status.json"))
		if err == nil && status.Started.Before(c.status.Since(node.Name())) {
			err = errors.New("what it says is of the node's life before")
		}
		if err == nil && !status.Serving() {
			err = fmt.Errorf("waiting for %s", status.WaitingFor())
		}
		return err
	}
}

// stop stops the cluster in order: what would start Pods again, the nodes with their Pods (so that databases shut down
// cleanly), the rest.
func (c *cluster) stop() {
	c.supervisor.Stop(controllersGrace, components.Controllers...)
	var names []string
	for _, node := range c.nodes {
		names = append(names, node.Name())
	}
	c.supervisor.Stop(nodesGrace, names...)
	c.supervisor.Stop(apiServerGrace, components.APIServer)
	c.supervisor.Stop(storesGrace, components.Stores...)
}

// openToHost lets the host's loopback reach the API server and the registry.
func openToHost(ctx context.Context, hostNet *os.File) error {
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

// keepPreviousLogs renames the logs of the last start, but for the one that is written already.
func keepPreviousLogs(root layout.Root, but string) error {
	logs, err := filepath.Glob(root.Log("*"))
	if err != nil {
		return err
	}
	for _, log := range logs {
		if log == root.Log(but) {
			continue
		}
		if err := os.Rename(log, log+".previous"); err != nil {
			return err
		}
	}
	return nil
}

// answers checks that the API server serves.
func answers(client kubernetes.Interface) func(context.Context) error {
	return func(ctx context.Context) error {
		return client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
	}
}

// images are those that the cluster itself is made of.
type images struct{ pause, coredns string }

func nameImages(root layout.Root) (images, error) {
	pause, err := registry.BinaryReference(layout.RegistryAddress, "pause", root.Bin("pause"))
	if err != nil {
		return images{}, err
	}
	coredns, err := registry.BinaryReference(layout.RegistryAddress, "coredns", root.Bin("coredns"))
	return images{pause, coredns}, err
}
