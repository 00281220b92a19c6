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

// enough is a number of connections that reaches each of three randomly chosen servers, except once in 10^10 runs.
const enough = 60

func (f *fixture) clusterIP(t *testing.T) {
	service := f.service(t, `
metadata: {name: cluster-ip}
spec:
  selector: {app: server}
  ports: [{name: tcp, port: 80, targetPort: who}, {name: udp, port: 80, protocol: UDP, targetPort: who-udp}]`)
	for _, network := range []string{"tcp", "udp"} {
		answers := f.mustAsk(t, "client", network, hostPort(service.Spec.ClusterIP, 80), enough)
		wantServers(t, answers, servers...)
		if got := clients(answers); !slices.Equal(got, []string{f.ip("client")}) {
			t.Errorf("over %s the servers saw %q, want the client's own address %s", network, got, f.ip("client"))
		}
		for _, server := range servers { // from each node
			wantServers(t, f.mustAsk(t, server, network, hostPort(service.Spec.ClusterIP, 80), enough), servers...)
		}
	}
}

func (f *fixture) withoutEndpoints(t *testing.T) {
	service := f.service(t, `
metadata: {name: nobody}
spec:
  selector: {app: nobody}
  ports: [{port: 80}]`)
	wantNobody(t, "a connection to a ClusterIP without endpoints", func() ([]who.Answer, error) {
		return f.ask(t, "client", "tcp", hostPort(service.Spec.ClusterIP, 80), 1)
	})
}

func (f *fixture) portsByName(t *testing.T) {
	service := f.service(t, `
metadata: {name: two-ports}
spec:
  selector: {app: server}
  ports: [{name: one, port: 1000, targetPort: who}, {name: other, port: 2000, targetPort: who-too}]`)
	for port, want := range map[int32]int{1000: 8081, 2000: 8082} {
		for _, answer := range f.mustAsk(t, "client", "tcp", hostPort(service.Spec.ClusterIP, port), 3) {
			if answer.Port != want {
				t.Errorf("port %d led to port %d of %s, want %d", port, answer.Port, answer.Server, want)
			}
		}
	}
}

func (f *fixture) withoutSelector(t *testing.T) {
	service := f.service(t, `
metadata: {name: by-hand}
spec:
  ports: [{name: who, port: 80}]`)
	if _, err := f.client.DiscoveryV1().EndpointSlices(f.namespace).Create(t.Context(), &discoveryv1.EndpointSlice{
		ObjectMeta:  metav1.ObjectMeta{Name: "by-hand-1", Labels: map[string]string{discoveryv1.LabelServiceName: "by-hand"}},
		AddressType: discoveryv1.AddressTypeIPv4,
		Ports:       []discoveryv1.EndpointPort{{Name: ptr.To("who"), Port: ptr.To[int32](8082), Protocol: ptr.To(corev1.ProtocolTCP)}},
		Endpoints:   []discoveryv1.Endpoint{{Addresses: []string{f.ip("server-2")}}},
	}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	wantServers(t, f.mustAsk(t, "client", "tcp", hostPort(service.Spec.ClusterIP, 80), 10), "server-2")
	want := []string{f.fqdn("by-hand") + " 0 IN A " + service.Spec.ClusterIP}
	if got := f.mustQuery(t, "client", "A", f.fqdn("by-hand")); !slices.Equal(got, want) {
		t.Errorf("its name resolves to %q, want %q", got, want)
	}
}

func (f *fixture) hairpin(t *testing.T) {
	service := f.service(t, `
metadata: {name: just-1}
spec:
  selector: {statefulset.kubernetes.io/pod-name: server-1}
  ports: [{name: tcp, port: 80, targetPort: who}, {name: udp, port: 80, protocol: UDP, targetPort: who-udp}]`)
	for _, network := range []string{"tcp", "udp"} {
		wantServers(t, f.mustAsk(t, "server-1", network, hostPort(service.Spec.ClusterIP, 80), 5), "server-1")
	}
}

func (f *fixture) internalTrafficPolicyLocal(t *testing.T) {
	service := f.service(t, `
metadata: {name: near}
spec:
  selector: {app: server}
  internalTrafficPolicy: Local
  ports: [{port: 80, targetPort: who}]`)
	only := f.service(t, `
metadata: {name: near-0}
spec:
  selector: {statefulset.kubernetes.io/pod-name: server-0}
  internalTrafficPolicy: Local
  ports: [{port: 80, targetPort: who}]`)
	for _, server := range servers {
		wantServers(t, f.mustAsk(t, server, "tcp", hostPort(service.Spec.ClusterIP, 80), enough), f.on(f.nodeOf(server))...)
		if f.nodeOf(server) == f.nodeOf("server-0") {
			wantServers(t, f.mustAsk(t, server, "tcp", hostPort(only.Spec.ClusterIP, 80), 3), "server-0")
			continue
		}
		if answers, err := f.ask(t, server, "tcp", hostPort(only.Spec.ClusterIP, 80), 1); err == nil {
			t.Errorf("%s, which is not on the node of server-0, gets an answer from %v", server, answers)
		}
	}
}

func (f *fixture) sessionAffinity(t *testing.T) {
	sticky := f.service(t, `
metadata: {name: sticky}
spec:
  type: LoadBalancer
  selector: {app: server}
  sessionAffinity: ClientIP
  ports: [{port: 80, targetPort: who}]`)
	plain := f.service(t, `
metadata: {name: not-sticky}
spec:
  type: LoadBalancer
  selector: {app: server}
  ports: [{port: 80, targetPort: who}]`)
	f.wantDistinct(t, "from a Pod, with affinity", f.mustAsk(t, "client", "tcp", hostPort(sticky.Spec.ClusterIP, 80), 100), 1)
	f.wantDistinct(t, "from a Pod, without", f.mustAsk(t, "client", "tcp", hostPort(plain.Spec.ClusterIP, 80), 100), 3)
	f.wantDistinct(t, "from the host, with affinity", mustHostAsk(t, "tcp", hostPort(f.address(t, "sticky"), 80), 100), 1)
	f.wantDistinct(t, "from the host, without", mustHostAsk(t, "tcp", hostPort(f.address(t, "not-sticky"), 80), 100), 3)
}

func (f *fixture) wantDistinct(t *testing.T, what string, answers []who.Answer, want int) {
	t.Helper()
	if got := distinct(answers, func(a who.Answer) string { return a.Server }); len(got) != want {
		t.Errorf("%s %q answered %d connections, want %d servers", what, got, len(answers), want)
	}
}

func (f *fixture) publishNotReadyAddresses(t *testing.T) {
	all := f.service(t, `
metadata: {name: all}
spec:
  selector: {app: server}
  publishNotReadyAddresses: true
  ports: [{port: 80, targetPort: who}]`)
	want := append(slices.Clone(servers), "unready")
	clustertest.AwaitWithin(t, 10*time.Second, "answers from the Pod that is not ready", func() error {
		answers, err := f.ask(t, "client", "tcp", hostPort(all.Spec.ClusterIP, 80), enough)
		if got := distinct(answers, func(a who.Answer) string { return a.Server }); !slices.Equal(got, want) {
			return fmt.Errorf("%q answer, want %q (%w)", got, want, err)
		}
		return nil
	})
}
