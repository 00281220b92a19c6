//go:build e2e

package services

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest/who"
)

// loopback returns the host's address for a node, which the node publishes as ExternalIP: 127.81.0.1 for 10.123.0.2.
func loopback(t *testing.T, node corev1.Node) string {
	t.Helper()
	last := netip.MustParseAddr(internalIP(node)).As4()[3]
	published, want := addressOf(node, corev1.NodeExternalIP), fmt.Sprintf("127.81.0.%d", last-1)
	if published != want {
		t.Errorf("the ExternalIP of node %s is %q, want %s", node.Name, published, want)
	}
	return want
}

func (f *fixture) nodePort(t *testing.T) {
	service := f.service(t, `
metadata: {name: node-port}
spec:
  type: NodePort
  selector: {app: server}
  ports: [{name: tcp, port: 80, targetPort: who}, {name: udp, port: 80, protocol: UDP, targetPort: who-udp}]`)
	for _, port := range service.Spec.Ports {
		network := strings.ToLower(string(port.Protocol))
		for _, node := range f.nodes {
			wantServers(t, f.mustAsk(t, "client", network, hostPort(internalIP(node), port.NodePort), enough), servers...)
			wantServers(t, mustHostAsk(t, network, hostPort(loopback(t, node), port.NodePort), enough), servers...)
		}
	}
}

// fromOutside returns the client address that a Pod sees for connections from the host, with externalTrafficPolicy
// Local. The load balancer connects from the control plane's network.
func (f *fixture) fromOutside(t *testing.T) string {
	t.Helper()
	slice, err := f.client.DiscoveryV1().EndpointSlices("default").Get(t.Context(), "kubernetes", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return slice.Endpoints[0].Addresses[0]
}

// ofNodes returns the addresses that replace a client's: a node's address for Pods of other nodes, its gateway for its
// own.
func (f *fixture) ofNodes() (addresses []string) {
	for _, node := range f.nodes {
		gateway := netip.MustParsePrefix(node.Spec.PodCIDR).Addr().Next()
		addresses = append(addresses, internalIP(node), gateway.String())
	}
	return addresses
}

func (f *fixture) wantClientsOfNodes(t *testing.T, answers []who.Answer) {
	t.Helper()
	for _, client := range clients(answers) {
		if !slices.Contains(f.ofNodes(), client) {
			t.Errorf("a Pod saw the client %s, want one of the nodes' addresses %q", client, f.ofNodes())
		}
	}
}

func (f *fixture) nodePortTrafficPolicies(t *testing.T) {
	cluster := f.service(t, `
metadata: {name: node-port-cluster}
spec:
  type: NodePort
  selector: {statefulset.kubernetes.io/pod-name: server-0}
  externalTrafficPolicy: Cluster
  ports: [{port: 80, targetPort: who}]`).Spec.Ports[0].NodePort
	local := f.service(t, `
metadata: {name: node-port-local}
spec:
  type: NodePort
  selector: {statefulset.kubernetes.io/pod-name: server-0}
  externalTrafficPolicy: Local
  ports: [{port: 80, targetPort: who}]`).Spec.Ports[0].NodePort
	for _, node := range f.nodes {
		f.wantClientsOfNodes(t, mustHostAsk(t, "tcp", hostPort(loopback(t, node), cluster), 3))
		if node.Name == f.nodeOf("server-0") {
			if got, want := clients(mustHostAsk(t, "tcp", hostPort(loopback(t, node), local), 3)), f.fromOutside(t); !slices.Equal(got, []string{want}) {
				t.Errorf("with the policy Local the Pod saw %q, want %s", got, want)
			}
			continue
		}
		// A node without an endpoint drops the packets.
		if answer, err := who.Ask("tcp", hostPort(loopback(t, node), local), "", 10*time.Second); err == nil {
			t.Errorf("with the policy Local node %s has no endpoint, but %v answers", node.Name, answer)
		}
	}
}
