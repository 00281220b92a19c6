package controlplane

import (
	"context"
	"fmt"
	"net"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/addons"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/registry"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

const (
	// readyTimeout bounds the start of the cluster. A slow machine needs a tenth of it.
	readyTimeout = 3 * time.Minute
	readyPeriod  = 50 * time.Millisecond
)

// becomeReady adds images and add-ons to a started cluster, and returns when the nodes are Ready and cluster DNS
// answers.
func (c *cluster) becomeReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, readyTimeout, fmt.Errorf("not within %s", readyTimeout))
	defer cancel()
	debugImages := make(chan error, 1) // copying 40 MB must not delay the API server
	for _, step := range []struct {
		waitingFor string
		do         func(context.Context) error
	}{
		{"the registry", func(ctx context.Context) error { return c.supervisor.Await(ctx, "registry") }},
		{"system images", func(ctx context.Context) error {
			go func() { debugImages <- registry.AddDebugImages(ctx, c.root) }()
			return c.images.Add(ctx, c.root)
		}},
		{"the API server", func(ctx context.Context) error { return c.supervisor.Await(ctx, apiServerName) }},
		{"the add-ons", func(ctx context.Context) error {
			return addons.Apply(ctx, c.root, len(c.nodes), c.images.CoreDNS)
		}},
		{"the nodes", func(ctx context.Context) error { return supervisor.Poll(ctx, readyPeriod, c.checkNodesReady) }},
		{"cluster DNS", func(ctx context.Context) error { return supervisor.Poll(ctx, readyPeriod, checkDNS) }},
		{"the toolbox image", func(context.Context) error { return <-debugImages }},
	} {
		c.status.Change(func(s *supervisor.Status) { s.Waiting = step.waitingFor })
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.waitingFor, err)
		}
	}
	c.status.Change(func(s *supervisor.Status) { s.Waiting, s.Ready = "", true })
	return nil
}

func (c *cluster) checkNodesReady(ctx context.Context) error {
	for _, node := range c.nodes {
		if err := CheckNodeReady(ctx, c.client, node.Name(), c.started); err != nil {
			return err
		}
	}
	return nil
}

// checkDNS returns an error unless cluster DNS, at its ClusterIP, resolves the name of the Service kubernetes.
func checkDNS(ctx context.Context) error {
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
