// Package networkpolicies enforces NetworkPolicies on a node, with rules of nftables in the node's network namespace.
// `cluster` runs it on each node, in the component pod-network.
//
// Start with State, which turns Pods, namespaces and policies into the table that `nft list table ip network-policies`
// prints: state.go for Pods, policies.go with rules.go and selectors.go for policies, isolation.go for what connects
// both. table.go writes the changes to the kernel, set.go and elements.go those of sets.
// Controller follows the API (controller.go). It receives the address of each new Pod from the CNI plugin
// network-policies, before the Pod's containers start (assign.go).
//
// A packet passes two chains, after kube-proxy has replaced a Service's address by that of a Pod. egress looks up the
// sender, ingress the receiver. A Pod that a policy isolates has a chain in each direction: it jumps to the chains of
// its policies, whose rules accept, and refuses what is left.
//
// https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/
package networkpolicies

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/google/nftables"
	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/knftables"

	"example.com/kubernetes-networking/infra/cluster/internal/httpserver"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// HealthAddress is the address of the health check. It answers once the rules of every policy are set.
const HealthAddress = "127.0.0.1:20244"

// Run enforces NetworkPolicies on one node until ctx ends. The rules stay in the kernel, so they also hold during a
// restart. client may watch Pods, namespaces and policies; kubelet may update the status of this node's Pods.
func Run(ctx context.Context, client, kubelet kubernetes.Interface, node layout.Node) error {
	nft, err := knftables.New(knftables.IPv4Family, tableName)
	if err != nil {
		return fmt.Errorf("use nftables: %w", err)
	}
	kernel, err := nftables.New()
	if err != nil {
		return fmt.Errorf("use nftables: %w", err)
	}
	if err := setKernel(); err != nil {
		return err
	}
	controller := NewController(node.Name(), NewState(nft, kernel, layout.PodCIDR), publisher(kubelet))
	group, ctx := errgroup.WithContext(ctx)
	ready := make(chan struct{})
	group.Go(func() error { return controller.Run(ctx, client, func() { close(ready) }) })
	group.Go(func() error { return serveAssignments(ctx, controller) })
	group.Go(func() error {
		select {
		case <-ready:
			return serveHealth(ctx)
		case <-ctx.Done():
			return nil
		}
	})
	return group.Wait()
}

// setKernel writes the kernel settings that enforcement needs. They apply only to the network namespace of the node.
func setKernel() error {
	// Pods of one node share a bridge, and nftables filters bridged packets as IP packets only with this setting.
	const bridge = "/proc/sys/net/bridge/bridge-nf-call-iptables"
	if err := os.WriteFile(bridge, []byte("1"), 0); err != nil {
		return fmt.Errorf("enable the filter for packets between Pods "+
			"(does this kernel have CONFIG_BRIDGE_NETFILTER, and is it 5.3 or later?): %w", err)
	}
	// The reply to a denied UDP packet is an ICMP error, and the kernel sends each peer one of them a second.
	const rateLimit = "/proc/sys/net/ipv4/icmp_ratelimit"
	if err := os.WriteFile(rateLimit, []byte("0"), 0); err != nil {
		return fmt.Errorf("disable the rate limit of ICMP errors: %w", err)
	}
	return nil
}

func serveHealth(ctx context.Context) error {
	listener, err := net.Listen("tcp4", HealthAddress)
	if err != nil {
		return fmt.Errorf("serve health checks: %w", err)
	}
	healthy := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	return httpserver.Serve(ctx, &http.Server{Handler: healthy, ReadHeaderTimeout: time.Second}, listener)
}
