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

// loopback is the address at which the host reaches a node, which the node publishes: 127.81.0.1 for 10.123.0.2.
func loopback(t *testing.T, node corev1.Node) string {
	t.Helper()
	last := netip.MustParseAddr(internalIP(node)).As4()[3]
	published, want := addressOf(node, corev1.NodeExternalIP), fmt.Sprintf("127.81.0.%d", last-1)
	if published != want {
		t.Errorf("the ExternalIP of node %s is %q, want %s", node.Name, published, want)
	}
	return want
}

func (w *world) nodePort(t *testing.T) {
	service := w.service(t, `
metadata: {name: node-port}
spec:
  type: NodePort
  selector: {app: server}
  ports: [{name: tcp, port: 80, targetPort: who}, {name: udp, port: 80, protocol: UDP, targetPort: who-udp}]`)
	for _, port := range service.Spec.Ports {
		network := strings.ToLower(string(port.Protocol))
		for _, node := range w.nodes {
			wantServers(t, w.mustAsk(t, "client", network, hostPort(internalIP(node), port.NodePort), enough), servers...)
			wantServers(t, mustHostAsk(t, network, hostPort(loopback(t, node), port.NodePort), enough), servers...)
		}
	}
}

// fromOutside is the address that a Pod sees, with externalTrafficPolicy Local, of what the host has sent: the load
// balancer connects from the network of the control plane.
func (w *world) fromOutside(t *testing.T) string {
	t.Helper()
	slice, err := w.client.DiscoveryV1().EndpointSlices("default").Get(t.Context(), "kubernetes", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return slice.Endpoints[0].Addresses[0]
}

// ofNodes are the addresses that nodes put in place of a client's: that towards other nodes, and that towards own Pods.
func (w *world) ofNodes() (addresses []string) {
	for _, node := range w.nodes {
		gateway := netip.MustParsePrefix(node.Spec.PodCIDR).Addr().Next()
		addresses = append(addresses, internalIP(node), gateway.String())
	}
	return addresses
}

func (w *world) wantClientsOfNodes(t *testing.T, answers []who.Answer) {
	t.Helper()
	for _, client := range clients(answers) {
		if !slices.Contains(w.ofNodes(), client) {
			t.Errorf("a Pod saw the client %s, want one of the nodes' addresses %q", client, w.ofNodes())
		}
	}
}

func (w *world) nodePortTrafficPolicies(t *testing.T) {
	cluster := w.service(t, `
metadata: {name: node-port-cluster}
spec:
  type: NodePort
  selector: {statefulset.kubernetes.io/pod-name: server-0}
  externalTrafficPolicy: Cluster
  ports: [{port: 80, targetPort: who}]`).Spec.Ports[0].NodePort
	local := w.service(t, `
metadata: {name: node-port-local}
spec:
  type: NodePort
  selector: {statefulset.kubernetes.io/pod-name: server-0}
  externalTrafficPolicy: Local
  ports: [{port: 80, targetPort: who}]`).Spec.Ports[0].NodePort
	for _, node := range w.nodes {
		w.wantClientsOfNodes(t, mustHostAsk(t, "tcp", hostPort(loopback(t, node), cluster), 3))
		if node.Name == w.nodeOf("server-0") {
			if got, want := clients(mustHostAsk(t, "tcp", hostPort(loopback(t, node), local), 3)), w.fromOutside(t); !slices.Equal(got, []string{want}) {
				t.Errorf("with the policy Local the Pod saw %q, want %s", got, want)
			}
			continue
		}
		// The node drops what it has no endpoint for, so nobody answers.
		if answer, err := who.Ask("tcp", hostPort(loopback(t, node), local), "", 10*time.Second); err == nil {
			t.Errorf("with the policy Local node %s, without an endpoint, is answered by %v", node.Name, answer)
		}
	}
}
