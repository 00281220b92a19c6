//go:build e2e

package services

import (
	"fmt"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
	"example.com/kubernetes-networking/infra/cluster/internal/clustertest/who"
)

// enough connections that each of three servers, chosen at random, is left out once in ten thousand million times.
const enough = 60

func (w *world) clusterIP(t *testing.T) {
	service := w.service(t, `
metadata: {name: cluster-ip}
spec:
  selector: {app: server}
  ports: [{name: tcp, port: 80, targetPort: who}, {name: udp, port: 80, protocol: UDP, targetPort: who-udp}]`)
	for _, network := range []string{"tcp", "udp"} {
		answers := w.mustAsk(t, "client", network, hostPort(service.Spec.ClusterIP, 80), enough)
		wantServers(t, answers, servers...)
		if got := clients(answers); !slices.Equal(got, []string{w.ip("client")}) {
			t.Errorf("by %s the servers saw %q, want the client's own address %s", network, got, w.ip("client"))
		}
		for _, server := range servers { // from each node, where there are several
			wantServers(t, w.mustAsk(t, server, network, hostPort(service.Spec.ClusterIP, 80), enough), servers...)
		}
	}
}

func (w *world) withoutEndpoints(t *testing.T) {
	service := w.service(t, `
metadata: {name: nobody}
spec:
  selector: {app: nobody}
  ports: [{port: 80}]`)
	wantNobody(t, "a ClusterIP without endpoints", func() ([]who.Answer, error) {
		return w.ask(t, "client", "tcp", hostPort(service.Spec.ClusterIP, 80), 1)
	})
}

func (w *world) portsByName(t *testing.T) {
	service := w.service(t, `
metadata: {name: two-ports}
spec:
  selector: {app: server}
  ports: [{name: one, port: 1000, targetPort: who}, {name: other, port: 2000, targetPort: who-too}]`)
	for port, want := range map[int32]int{1000: 8081, 2000: 8082} {
		for _, answer := range w.mustAsk(t, "client", "tcp", hostPort(service.Spec.ClusterIP, port), 3) {
			if answer.Port != want {
				t.Errorf("port %d led to port %d of %s, want %d", port, answer.Port, answer.Server, want)
			}
		}
	}
}

func (w *world) withoutSelector(t *testing.T) {
	service := w.service(t, `
metadata: {name: by-hand}
spec:
  ports: [{name: who, port: 80}]`)
	if _, err := w.client.DiscoveryV1().EndpointSlices(w.namespace).Create(t.Context(), &discoveryv1.EndpointSlice{
		ObjectMeta:  metav1.ObjectMeta{Name: "by-hand-1", Labels: map[string]string{discoveryv1.LabelServiceName: "by-hand"}},
		AddressType: discoveryv1.AddressTypeIPv4,
		Ports:       []discoveryv1.EndpointPort{{Name: ptr.To("who"), Port: ptr.To[int32](8082), Protocol: ptr.To(corev1.ProtocolTCP)}},
		Endpoints:   []discoveryv1.Endpoint{{Addresses: []string{w.ip("server-2")}}},
	}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	wantServers(t, w.mustAsk(t, "client", "tcp", hostPort(service.Spec.ClusterIP, 80), 10), "server-2")
	want := []string{w.fqdn("by-hand") + " 0 IN A " + service.Spec.ClusterIP}
	if got := w.mustQuery(t, "client", "A", w.fqdn("by-hand")); !slices.Equal(got, want) {
		t.Errorf("its name resolves to %q, want %q", got, want)
	}
}

func (w *world) hairpin(t *testing.T) {
	service := w.service(t, `
metadata: {name: just-1}
spec:
  selector: {statefulset.kubernetes.io/pod-name: server-1}
  ports: [{name: tcp, port: 80, targetPort: who}, {name: udp, port: 80, protocol: UDP, targetPort: who-udp}]`)
	for _, network := range []string{"tcp", "udp"} {
		wantServers(t, w.mustAsk(t, "server-1", network, hostPort(service.Spec.ClusterIP, 80), 5), "server-1")
	}
}

func (w *world) internalTrafficPolicyLocal(t *testing.T) {
	service := w.service(t, `
metadata: {name: near}
spec:
  selector: {app: server}
  internalTrafficPolicy: Local
  ports: [{port: 80, targetPort: who}]`)
	only := w.service(t, `
metadata: {name: near-0}
spec:
  selector: {statefulset.kubernetes.io/pod-name: server-0}
  internalTrafficPolicy: Local
  ports: [{port: 80, targetPort: who}]`)
	for _, server := range servers {
		wantServers(t, w.mustAsk(t, server, "tcp", hostPort(service.Spec.ClusterIP, 80), enough), w.on(w.nodeOf(server))...)
		if w.nodeOf(server) == w.nodeOf("server-0") {
			wantServers(t, w.mustAsk(t, server, "tcp", hostPort(only.Spec.ClusterIP, 80), 3), "server-0")
			continue
		}
		if answers, err := w.ask(t, server, "tcp", hostPort(only.Spec.ClusterIP, 80), 1); err == nil {
			t.Errorf("%s, on another node than server-0, is answered by %v", server, answers)
		}
	}
}

func (w *world) sessionAffinity(t *testing.T) {
	sticky := w.service(t, `
metadata: {name: sticky}
spec:
  type: LoadBalancer
  selector: {app: server}
  sessionAffinity: ClientIP
  ports: [{port: 80, targetPort: who}]`)
	plain := w.service(t, `
metadata: {name: not-sticky}
spec:
  type: LoadBalancer
  selector: {app: server}
  ports: [{port: 80, targetPort: who}]`)
	w.wantDistinct(t, "from a Pod, with affinity", w.mustAsk(t, "client", "tcp", hostPort(sticky.Spec.ClusterIP, 80), 100), 1)
	w.wantDistinct(t, "from a Pod, without", w.mustAsk(t, "client", "tcp", hostPort(plain.Spec.ClusterIP, 80), 100), 3)
	w.wantDistinct(t, "from the host, with affinity", mustHostAsk(t, "tcp", hostPort(w.address(t, "sticky"), 80), 100), 1)
	w.wantDistinct(t, "from the host, without", mustHostAsk(t, "tcp", hostPort(w.address(t, "not-sticky"), 80), 100), 3)
}

func (w *world) wantDistinct(t *testing.T, what string, answers []who.Answer, want int) {
	t.Helper()
	if got := distinct(answers, func(a who.Answer) string { return a.Server }); len(got) != want {
		t.Errorf("%s %q answered %d connections, want %d servers", what, got, len(answers), want)
	}
}

func (w *world) publishNotReadyAddresses(t *testing.T) {
	all := w.service(t, `
metadata: {name: all}
spec:
  selector: {app: server}
  publishNotReadyAddresses: true
  ports: [{port: 80, targetPort: who}]`)
	want := append(slices.Clone(servers), "unready")
	clustertest.AwaitWithin(t, 10*time.Second, "the Pod that is not ready", func() error {
		answers, err := w.ask(t, "client", "tcp", hostPort(all.Spec.ClusterIP, 80), enough)
		if got := distinct(answers, func(a who.Answer) string { return a.Server }); !slices.Equal(got, want) {
			return fmt.Errorf("%q answer, want %q (%w)", got, want, err)
		}
		return nil
	})
}
