// Package networkpolicies enforces NetworkPolicies with kube-router's firewall controller. `cluster` runs it on each
// node. It uses no other part of kube-router: package podnetwork sets the routes between nodes, and kube-proxy serves
// Services.
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

// HealthAddress is the address of the health check. It answers once the rules of every policy are set. The port is
// kube-router's.
const HealthAddress = "127.0.0.1:20244"

// syncPeriod is the longest time until the next sync repairs a foreign change of the rules or a failed sync, which
// kube-router only logs. A sync takes 0.1 s.
const syncPeriod = time.Minute

// Run enforces NetworkPolicies on one node until ctx ends. The rules stay in the kernel, so they also hold during a
// restart.
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
	// Run does not wait for its end: a separate process makes each change of the rules, and either completes or never
	// starts.
	var running sync.WaitGroup
	running.Add(1)
	go controller.Run(beats, ctx.Done(), &running)
	// The controller sends a heartbeat at the start of each sync, so the second one proves that the first sync is
	// complete.
	for _, next := range []func(){controller.RequestFullSync, func() {}} {
		select {
		case <-beats:
			next()
		case <-ctx.Done():
			return nil
		}
	}
	go func() {
		for range beats { // the controller blocks until each is received
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

// setKernel writes the kernel settings that enforcement needs. They apply only to the network namespace of the node.
func setKernel() error {
	// Pods of one node share a bridge, and iptables filters bridged packets only with this setting.
	const bridge = "/proc/sys/net/bridge/bridge-nf-call-iptables"
	if err := os.WriteFile(bridge, []byte("1"), 0); err != nil {
		return fmt.Errorf("enable the filter for packets between Pods "+
			"(does this kernel have CONFIG_BRIDGE_NETFILTER, and is it 5.3 or later?): %w", err)
	}
	// The reply to a denied packet is an ICMP error, and the kernel sends each peer one of them a second. With the
	// limit, half of thirty simultaneous connections would wait for more than 20 s until they fail.
	const rateLimit = "/proc/sys/net/ipv4/icmp_ratelimit"
	if err := os.WriteFile(rateLimit, []byte("0"), 0); err != nil {
		return fmt.Errorf("disable the rate limit of ICMP errors: %w", err)
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
		return fmt.Errorf("serve health checks: %w", err)
	}
	return nil
}
