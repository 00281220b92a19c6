package supervise

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"example.com/kubernetes-networking/infra/cluster/internal/addons"
	"example.com/kubernetes-networking/infra/cluster/internal/components"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/registry"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

// readyTimeout bounds the start of the cluster; a slow machine needs a tenth of it.
const readyTimeout = 3 * time.Minute

// becomeReady brings a started cluster to the point where it can be used: nodes Ready, cluster DNS answering.
func (c *cluster) becomeReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, readyTimeout, fmt.Errorf("not within %s", readyTimeout))
	defer cancel()
	toolbox := make(chan error, 1) // nobody waits for 40 MB to be copied before the API server answers
	for _, step := range []struct {
		waitingFor string
		do         func(context.Context) error
	}{
		{"the registry", func(ctx context.Context) error { return c.supervisor.Await(ctx, "registry") }},
		{"system images", func(ctx context.Context) error {
			go func() { toolbox <- c.addToolbox(ctx) }()
			return c.addImages(ctx)
		}},
		{"the API server", func(ctx context.Context) error { return c.supervisor.Await(ctx, components.APIServer) }},
		{"the add-ons", func(ctx context.Context) error { return addons.Apply(ctx, c.root, len(c.nodes), c.images.coredns) }},
		{"the nodes", func(ctx context.Context) error { return supervisor.Poll(ctx, 50*time.Millisecond, c.nodesReady) }},
		{"cluster DNS", func(ctx context.Context) error { return supervisor.Poll(ctx, 50*time.Millisecond, dnsAnswers) }},
		{"the toolbox image", func(context.Context) error { return <-toolbox }},
	} {
		c.status.Change(func(s *supervisor.Status) { s.Waiting = step.waitingFor })
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.waitingFor, err)
		}
	}
	c.status.Change(func(s *supervisor.Status) { s.Waiting, s.Ready = "", true })
	return nil
}

func (c *cluster) addImages(ctx context.Context) error {
	if err := registry.AddBinary(ctx, c.images.pause, c.root.Bin("pause")); err != nil {
		return err
	}
	return registry.AddBinary(ctx, c.images.coredns, c.root.Bin("coredns"))
}

// addToolbox adds the images that people debug with. BusyBox stands in for a toolbox that has not been built; `cluster up`
// says so.
func (c *cluster) addToolbox(ctx context.Context) error {
	repositories := []string{registry.BusyboxName}
	err := registry.AddToolbox(ctx, layout.RegistryAddress, c.root.Images())
	if errors.Is(err, registry.ErrNoToolbox) {
		repositories = append(repositories, registry.ToolboxName)
	} else if err != nil {
		return err
	}
	busybox, err := registry.FindBusybox()
	if err != nil {
		return nil
	}
	for _, repository := range repositories {
		if err := registry.AddBusybox(ctx, layout.RegistryAddress, repository, busybox); err != nil {
			return err
		}
	}
	return nil
}

func (c *cluster) nodesReady(ctx context.Context) error {
	for _, node := range c.nodes {
		if err := NodeReady(ctx, c.client, node.Name(), c.since); err != nil {
			return err
		}
	}
	return nil
}

// NodeReady checks that a node is Ready, and that its kubelet has said so much as that it lives since then: etcd remembers
// what it reported before, and a kubelet that comes back reports nothing where nothing has changed.
func NodeReady(ctx context.Context, client kubernetes.Interface, name string, since time.Time) error {
	node, err := client.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	for _, condition := range node.Status.Conditions {
		switch {
		case condition.Type != corev1.NodeReady:
			continue
		case condition.Status != corev1.ConditionTrue:
			return fmt.Errorf("node %s: %s", name, condition.Message)
		case !condition.LastHeartbeatTime.Time.Before(since.Truncate(time.Second)): // times of the API have whole seconds
			return nil
		}
		return kubeletLives(ctx, client, name, since)
	}
	return fmt.Errorf("node %s has reported nothing yet", name)
}

// kubeletLives asks for the lease, which a kubelet renews every ten seconds. A new node's is made a few seconds later.
func kubeletLives(ctx context.Context, client kubernetes.Interface, name string, since time.Time) error {
	lease, err := client.CoordinationV1().Leases(corev1.NamespaceNodeLease).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if lease.Spec.RenewTime == nil || lease.Spec.RenewTime.Time.Before(since) {
		return fmt.Errorf("the kubelet of node %s has not been heard of yet", name)
	}
	return nil
}

// dnsAnswers asks the cluster DNS, at its ClusterIP, for the name that every cluster has.
func dnsAnswers(ctx context.Context) error {
	resolver := &net.Resolver{
		PreferGo: true,
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort(layout.DNSIP, "53"))
		},
	}
	ctx, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	_, err := resolver.LookupHost(ctx, "kubernetes.default.svc."+layout.ClusterDomain+".")
	return err
}
