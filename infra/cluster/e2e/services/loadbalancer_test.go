//go:build e2e

package services

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
	"example.com/kubernetes-networking/infra/cluster/internal/clustertest/who"
)

// address waits for the address of a Service of type LoadBalancer.
func (f *fixture) address(t *testing.T, name string) (address string) {
	t.Helper()
	clustertest.AwaitWithin(t, 10*time.Second, "the address of "+name, func() error {
		service, err := f.client.CoreV1().Services(f.namespace).Get(t.Context(), name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		if len(service.Status.LoadBalancer.Ingress) == 0 {
			return fmt.Errorf("status %v", service.Status)
		}
		address = service.Status.LoadBalancer.Ingress[0].IP
		return nil
	})
	if !strings.HasPrefix(address, "127.80.0.") {
		t.Errorf("the address of %s is %s, want one of 127.80.0.x", name, address)
	}
	return address
}

func (f *fixture) awaitEvent(t *testing.T, service, reason string) {
	t.Helper()
	clustertest.AwaitWithin(t, 10*time.Second, "the event "+reason+" on "+service, func() error {
		events, err := f.client.CoreV1().Events(f.namespace).List(t.Context(), metav1.ListOptions{
			FieldSelector: "involvedObject.kind=Service,involvedObject.name=" + service + ",reason=" + reason,
		})
		if err == nil && len(events.Items) == 0 {
			err = fmt.Errorf("no such event")
		}
		return err
	})
}

func (f *fixture) loadBalancers(t *testing.T) {
	for _, name := range []string{"web", "dns"} {
		f.service(t, `
metadata: {name: `+name+`}
spec:
  type: LoadBalancer
  selector: {app: server}
  ports:
    - {name: tcp, port: 53, targetPort: who}
    - {name: udp, port: 53, protocol: UDP, targetPort: who-udp}
    - {name: too, port: 80, targetPort: who-too}`)
	}
	web, dns := f.address(t, "web"), f.address(t, "dns")
	if web == dns {
		t.Fatalf("both Services have %s", web)
	}
	for _, address := range []string{web, dns} {
		wantServers(t, mustHostAsk(t, "tcp", hostPort(address, 53), enough), servers...)
		wantServers(t, mustHostAsk(t, "udp", hostPort(address, 53), enough), servers...)
		for _, answer := range mustHostAsk(t, "tcp", hostPort(address, 80), 1) {
			if answer.Port != 8082 {
				t.Errorf("port 80 led to %d, want 8082", answer.Port)
			}
		}
	}
}

func (f *fixture) loadBalancerReleases(t *testing.T) {
	f.service(t, `
metadata: {name: gone}
spec: {type: LoadBalancer, loadBalancerIP: 127.80.0.201, selector: {app: server}, ports: [{port: 80, targetPort: who}]}`)
	f.service(t, `
metadata: {name: changed}
spec: {type: LoadBalancer, loadBalancerIP: 127.80.0.202, selector: {app: server}, ports: [{port: 80, targetPort: who}]}`)
	services := f.client.CoreV1().Services(f.namespace)
	mustHostAsk(t, "tcp", hostPort(f.address(t, "gone"), 80), 1)
	mustHostAsk(t, "tcp", hostPort(f.address(t, "changed"), 80), 1)
	if err := services.Delete(t.Context(), "gone", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	clustertest.AwaitWithin(t, 10*time.Second, "the change of type", func() error {
		service, err := services.Get(t.Context(), "changed", metav1.GetOptions{})
		if err == nil {
			service.Spec.Type, service.Spec.LoadBalancerIP = corev1.ServiceTypeClusterIP, ""
			_, err = services.Update(t.Context(), service, metav1.UpdateOptions{})
		}
		return err
	})
	for _, address := range []string{"127.80.0.201", "127.80.0.202"} {
		wantNobody(t, address, func() ([]who.Answer, error) { return hostAsk("tcp", hostPort(address, 80), 1) })
	}
	f.service(t, `
metadata: {name: again}
spec: {type: LoadBalancer, loadBalancerIP: 127.80.0.201, selector: {app: server}, ports: [{port: 80, targetPort: who}]}`)
	f.service(t, `
metadata: {name: again-too}
spec: {type: LoadBalancer, loadBalancerIP: 127.80.0.202, selector: {app: server}, ports: [{port: 80, targetPort: who}]}`)
	mustHostAsk(t, "tcp", hostPort(f.address(t, "again"), 80), 1)
	mustHostAsk(t, "tcp", hostPort(f.address(t, "again-too"), 80), 1)
}

func (f *fixture) loadBalancerAddress(t *testing.T) {
	f.service(t, `
metadata: {name: elsewhere}
spec: {type: LoadBalancer, loadBalancerIP: 192.0.2.1, selector: {app: server}, ports: [{port: 80, targetPort: who}]}`)
	f.awaitEvent(t, "elsewhere", "NoAddress")
}

func (f *fixture) loadBalancerWithoutNodePorts(t *testing.T) {
	service := f.service(t, `
metadata: {name: no-node-ports}
spec: {type: LoadBalancer, allocateLoadBalancerNodePorts: false, selector: {app: server}, ports: [{port: 80, targetPort: who}]}`)
	if port := service.Spec.Ports[0].NodePort; port != 0 {
		t.Errorf("it has the NodePort %d", port)
	}
	wantServers(t, mustHostAsk(t, "tcp", hostPort(f.address(t, "no-node-ports"), 80), enough), servers...)
}

func (f *fixture) loadBalancerTrafficPolicies(t *testing.T) {
	f.service(t, `
metadata: {name: lb-cluster}
spec:
  type: LoadBalancer
  selector: {app: server}
  externalTrafficPolicy: Cluster
  ports: [{port: 80, targetPort: who}]`)
	f.service(t, `
metadata: {name: lb-local}
spec:
  type: LoadBalancer
  selector: {statefulset.kubernetes.io/pod-name: server-0}
  externalTrafficPolicy: Local
  ports: [{port: 80, targetPort: who}]`)
	f.service(t, `
metadata: {name: lb-local-nobody}
spec:
  type: LoadBalancer
  selector: {app: nobody}
  externalTrafficPolicy: Local
  ports: [{port: 80, targetPort: who}]`)
	f.wantClientsOfNodes(t, mustHostAsk(t, "tcp", hostPort(f.address(t, "lb-cluster"), 80), enough))
	answers := mustHostAsk(t, "tcp", hostPort(f.address(t, "lb-local"), 80), enough)
	wantServers(t, answers, "server-0")
	if got, want := clients(answers), f.fromOutside(t); !slices.Equal(got, []string{want}) {
		t.Errorf("with the policy Local the Pod saw %q, want the load balancer's address %s", got, want)
	}
	nobody := hostPort(f.address(t, "lb-local-nobody"), 80)
	wantNobody(t, "a connection with the policy Local and no endpoint", func() ([]who.Answer, error) { return hostAsk("tcp", nobody, 1) })
}

func (f *fixture) loadBalancerSourceRanges(t *testing.T) {
	f.service(t, `
metadata: {name: private}
spec:
  type: LoadBalancer
  selector: {app: server}
  loadBalancerSourceRanges: [127.0.0.9/32]
  ports: [{port: 80, targetPort: who}]`)
	at := hostPort(f.address(t, "private"), 80)
	clustertest.AwaitWithin(t, 10*time.Second, "an answer to 127.0.0.9", func() error {
		_, err := who.Ask("tcp", at, "127.0.0.9", 2*time.Second)
		return err
	})
	wantNobody(t, "127.0.0.1", func() ([]who.Answer, error) { return hostAsk("tcp", at, 1) })
}

// A client on the host is outside the cluster, whichever node receives its connection.
func (f *fixture) loadBalancerAndPolicy(t *testing.T) {
	service := f.service(t, `
metadata: {name: guarded}
spec:
  type: LoadBalancer
  selector: {app: guarded}
  ports: [{port: 80, targetPort: 8081}]`)
	wantServers(t, mustHostAsk(t, "tcp", hostPort(f.address(t, "guarded"), 80), 2*len(f.nodes)), "guarded")
	if answers, err := f.ask(t, "client", "tcp", hostPort(service.Spec.ClusterIP, 80), 1); err == nil {
		t.Errorf("the policy denies Pods, but a Pod gets an answer from %v", answers)
	}
}

func (f *fixture) loadBalancerSCTP(t *testing.T) {
	f.service(t, `
metadata: {name: sctp}
spec: {type: LoadBalancer, selector: {app: server}, ports: [{port: 80, protocol: SCTP, targetPort: 8081}]}`)
	f.awaitEvent(t, "sctp", "ProtocolNotSupported")
	service, err := f.client.CoreV1().Services(f.namespace).Get(t.Context(), "sctp", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if ingress := service.Status.LoadBalancer.Ingress; len(ingress) != 0 {
		t.Errorf("it has the address %v, want none", ingress)
	}
}

// nodeCutOff needs several nodes. Until the API server marks the stopped node as not ready, the load balancer must try
// other nodes after it.
func (f *fixture) nodeCutOff(t *testing.T) {
	if len(f.nodes) == 1 {
		t.Skip("needs several nodes: run it with NODES=3")
	}
	nodePort := f.service(t, `
metadata: {name: cut-off}
spec:
  type: LoadBalancer
  selector: {statefulset.kubernetes.io/pod-name: server-0}
  ports: [{port: 80, targetPort: who}]`).Spec.Ports[0].NodePort
	at := hostPort(f.address(t, "cut-off"), 80)
	other := f.nodes[slices.IndexFunc(f.nodes, func(node corev1.Node) bool { return node.Name != f.nodeOf("server-0") })]
	mustHostAsk(t, "tcp", hostPort(loopback(t, other), nodePort), 1)
	clustertest.Cluster(t, "node", "stop", other.Name)
	// The kernel continues to forward for a moment.
	clustertest.AwaitWithin(t, 10*time.Second, "the end of "+other.Name, func() error {
		if answer, err := who.Ask("tcp", hostPort(loopback(t, other), nodePort), "", time.Second); err == nil {
			return fmt.Errorf("it still forwards to %s", answer.Server)
		}
		return nil
	})
	for range 2 * len(f.nodes) { // two turns for each node
		if _, err := who.Ask("tcp", at, "", 5*time.Second); err != nil {
			t.Errorf("without node %s there is no answer: %v", other.Name, err)
		}
	}
}
