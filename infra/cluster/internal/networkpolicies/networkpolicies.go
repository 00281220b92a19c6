// Package networkpolicies enforces NetworkPolicies with kube-router's firewall controller. The rest of kube-router is
// left out: routes between nodes, which are in package podnetwork, and Services, which are kube-proxy's.
package networkpolicies

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/cloudnativelabs/kube-router/v2/pkg/controllers/netpol"
	"github.com/cloudnativelabs/kube-router/v2/pkg/healthcheck"
	"github.com/cloudnativelabs/kube-router/v2/pkg/options"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// HealthAddress answers from the moment on when the rules of every policy have been set. The port is kube-router's.
const HealthAddress = "127.0.0.1:20244"

// syncPeriod is how long a change of the rules by another hand lasts, and an attempt that failed, which kube-router
// only logs. An attempt takes a tenth of a second.
const syncPeriod = time.Minute

// Run enforces on one node until ctx ends. The rules stay in the kernel, so a restart opens nothing.
func Run(ctx context.Context, client kubernetes.Interface, node layout.Node) error {
	config := configuration(node)
	iptables, sets, err := netpol.NewIPTablesHandlers(config)
	if err != nil {
		return err
	}
	if err := sets[corev1.IPv4Protocol].Save(); err != nil {
		return fmt.Errorf("read the kernel's IP sets (does it have CONFIG_IP_SET?): %w", err)
	}
	controller, err := newController(ctx, client, config, iptables, sets)
	if err != nil {
		return err
	}
	beats := make(chan *healthcheck.ControllerHeartbeat)
	// Nobody waits for its end: each change of the rules is a process of its own, which is done or has not begun.
	var running sync.WaitGroup
	running.Add(1)
	go controller.Run(beats, ctx.Done(), &running)
	// It sends a heartbeat when it begins to set the rules, and one that begins again has come to an end before.
	for _, next := range []func(){controller.RequestFullSync, func() {}} {
		select {
		case <-beats:
			next()
		case <-ctx.Done():
			return nil
		}
	}
	go func() {
		for range beats { // the controller waits until each is taken
		}
	}()
	if err := setKernel(); err != nil {
		return err
	}
	return serveHealth(ctx)
}

func configuration(node layout.Node) *options.KubeRouterConfig {
	config := options.NewKubeRouterConfig()
	config.EnableIPv4 = true
	config.HostnameOverride = node.Name()
	config.ClusterIPCIDRs = []string{layout.ServiceCIDR}
	config.IPTablesSyncPeriod = syncPeriod
	return config
}

// setKernel makes the settings that enforcement needs. They are those of the cluster's own network namespace.
func setKernel() error {
	// Two Pods share a bridge, not a route, and iptables sees what passes a bridge only where it is asked to.
	const bridge = "/proc/sys/net/bridge/bridge-nf-call-iptables"
	if err := os.WriteFile(bridge, []byte("1"), 0); err != nil {
		return fmt.Errorf("filter what passes between Pods (does this kernel have CONFIG_BRIDGE_NETFILTER, and is it 5.3 or later?): %w", err)
	}
	// What is denied is answered with an ICMP error, of which the kernel sends one a second to each peer: of thirty
	// connections at once, half would wait for longer than 20 s to learn that they are refused.
	const rateLimit = "/proc/sys/net/ipv4/icmp_ratelimit"
	if err := os.WriteFile(rateLimit, []byte("0"), 0); err != nil {
		return fmt.Errorf("let every denied connection be answered: %w", err)
	}
	return nil
}

func serveHealth(ctx context.Context) error {
	server := &http.Server{
		Addr:              HealthAddress,
		Handler:           http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}),
		ReadHeaderTimeout: time.Second,
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("answer health checks: %w", err)
	}
	return nil
}
