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
func (w *world) address(t *testing.T, name string) (address string) {
	t.Helper()
	clustertest.AwaitWithin(t, 10*time.Second, "the address of "+name, func() error {
		service, err := w.client.CoreV1().Services(w.namespace).Get(t.Context(), name, metav1.GetOptions{})
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

func (w *world) awaitEvent(t *testing.T, service, reason string) {
	t.Helper()
	clustertest.AwaitWithin(t, 10*time.Second, "the event "+reason+" on "+service, func() error {
		events, err := w.client.CoreV1().Events(w.namespace).List(t.Context(), metav1.ListOptions{
			FieldSelector: "involvedObject.kind=Service,involvedObject.name=" + service + ",reason=" + reason,
		})
		if err == nil && len(events.Items) == 0 {
			err = fmt.Errorf("no such event")
		}
		return err
	})
}

func (w *world) loadBalancers(t *testing.T) {
	for _, name := range []string{"web", "dns"} {
		w.service(t, `
metadata: {name: `+name+`}
spec:
  type: LoadBalancer
  selector: {app: server}
  ports:
    - {name: tcp, port: 53, targetPort: who}
    - {name: udp, port: 53, protocol: UDP, targetPort: who-udp}
    - {name: too, port: 80, targetPort: who-too}`)
	}
	web, dns := w.address(t, "web"), w.address(t, "dns")
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

func (w *world) loadBalancerReleases(t *testing.T) {
	w.service(t, `
metadata: {name: gone}
spec: {type: LoadBalancer, loadBalancerIP: 127.80.0.201, selector: {app: server}, ports: [{port: 80, targetPort: who}]}`)
	w.service(t, `
metadata: {name: changed}
spec: {type: LoadBalancer, loadBalancerIP: 127.80.0.202, selector: {app: server}, ports: [{port: 80, targetPort: who}]}`)
	services := w.client.CoreV1().Services(w.namespace)
	mustHostAsk(t, "tcp", hostPort(w.address(t, "gone"), 80), 1)
	mustHostAsk(t, "tcp", hostPort(w.address(t, "changed"), 80), 1)
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
	w.service(t, `
metadata: {name: again}
spec: {type: LoadBalancer, loadBalancerIP: 127.80.0.201, selector: {app: server}, ports: [{port: 80, targetPort: who}]}`)
	w.service(t, `
metadata: {name: again-too}
spec: {type: LoadBalancer, loadBalancerIP: 127.80.0.202, selector: {app: server}, ports: [{port: 80, targetPort: who}]}`)
	mustHostAsk(t, "tcp", hostPort(w.address(t, "again"), 80), 1)
	mustHostAsk(t, "tcp", hostPort(w.address(t, "again-too"), 80), 1)
}

func (w *world) loadBalancerAddress(t *testing.T) {
	w.service(t, `
metadata: {name: elsewhere}
spec: {type: LoadBalancer, loadBalancerIP: 192.0.2.1, selector: {app: server}, ports: [{port: 80, targetPort: who}]}`)
	w.awaitEvent(t, "elsewhere", "NoAddress")
}

func (w *world) loadBalancerWithoutNodePorts(t *testing.T) {
	service := w.service(t, `
metadata: {name: no-node-ports}
spec: {type: LoadBalancer, allocateLoadBalancerNodePorts: false, selector: {app: server}, ports: [{port: 80, targetPort: who}]}`)
	if port := service.Spec.Ports[0].NodePort; port != 0 {
		t.Errorf("it has the NodePort %d", port)
	}
	wantServers(t, mustHostAsk(t, "tcp", hostPort(w.address(t, "no-node-ports"), 80), enough), servers...)
}

func (w *world) loadBalancerTrafficPolicies(t *testing.T) {
	w.service(t, `
metadata: {name: lb-cluster}
spec:
  type: LoadBalancer
  selector: {app: server}
  externalTrafficPolicy: Cluster
  ports: [{port: 80, targetPort: who}]`)
	w.service(t, `
metadata: {name: lb-local}
spec:
  type: LoadBalancer
  selector: {statefulset.kubernetes.io/pod-name: server-0}
  externalTrafficPolicy: Local
  ports: [{port: 80, targetPort: who}]`)
	w.service(t, `
metadata: {name: lb-local-nobody}
spec:
  type: LoadBalancer
  selector: {app: nobody}
  externalTrafficPolicy: Local
  ports: [{port: 80, targetPort: who}]`)
	w.wantClientsOfNodes(t, mustHostAsk(t, "tcp", hostPort(w.address(t, "lb-cluster"), 80), enough))
	answers := mustHostAsk(t, "tcp", hostPort(w.address(t, "lb-local"), 80), enough)
	wantServers(t, answers, "server-0")
	if got, want := clients(answers), w.fromOutside(t); !slices.Equal(got, []string{want}) {
		t.Errorf("with the policy Local the Pod saw %q, want the load balancer's address %s", got, want)
	}
	nobody := hostPort(w.address(t, "lb-local-nobody"), 80)
	wantNobody(t, "the policy Local without an endpoint", func() ([]who.Answer, error) { return hostAsk("tcp", nobody, 1) })
}

func (w *world) loadBalancerSourceRanges(t *testing.T) {
	w.service(t, `
metadata: {name: private}
spec:
  type: LoadBalancer
  selector: {app: server}
  loadBalancerSourceRanges: [127.0.0.9/32]
  ports: [{port: 80, targetPort: who}]`)
	at := hostPort(w.address(t, "private"), 80)
	clustertest.AwaitWithin(t, 10*time.Second, "an answer to 127.0.0.9", func() error {
		_, err := who.Ask("tcp", at, "127.0.0.9", 2*time.Second)
		return err
	})
	wantNobody(t, "127.0.0.1", func() ([]who.Answer, error) { return hostAsk("tcp", at, 1) })
}

// The host's clients are outside of the cluster, whichever node they come in by.
func (w *world) loadBalancerAndPolicy(t *testing.T) {
	service := w.service(t, `
metadata: {name: guarded}
spec:
  type: LoadBalancer
  selector: {app: guarded}
  ports: [{port: 80, targetPort: 8081}]`)
	wantServers(t, mustHostAsk(t, "tcp", hostPort(w.address(t, "guarded"), 80), 2*len(w.nodes)), "guarded")
	if answers, err := w.ask(t, "client", "tcp", hostPort(service.Spec.ClusterIP, 80), 1); err == nil {
		t.Errorf("a Pod, which the policy leaves out, is answered by %v", answers)
	}
}

func (w *world) loadBalancerSCTP(t *testing.T) {
	w.service(t, `
metadata: {name: sctp}
spec: {type: LoadBalancer, selector: {app: server}, ports: [{port: 80, protocol: SCTP, targetPort: 8081}]}`)
	w.awaitEvent(t, "sctp", "ProtocolNotSupported")
	service, err := w.client.CoreV1().Services(w.namespace).Get(t.Context(), "sctp", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if ingress := service.Status.LoadBalancer.Ingress; len(ingress) != 0 {
		t.Errorf("it has got the address %v, where nobody answers", ingress)
	}
}

// nodeCutOff is for clusters of several nodes. Until the API server has noticed, the load balancer takes the node for
// healthy, and passes over it.
func (w *world) nodeCutOff(t *testing.T) {
	if len(w.nodes) == 1 {
		t.Skip("there is one node, and nothing to pass over to: run it with NODES=3")
	}
	nodePort := w.service(t, `
metadata: {name: cut-off}
spec:
  type: LoadBalancer
  selector: {statefulset.kubernetes.io/pod-name: server-0}
  ports: [{port: 80, targetPort: who}]`).Spec.Ports[0].NodePort
	at := hostPort(w.address(t, "cut-off"), 80)
	other := w.nodes[slices.IndexFunc(w.nodes, func(node corev1.Node) bool { return node.Name != w.nodeOf("server-0") })]
	mustHostAsk(t, "tcp", hostPort(loopback(t, other), nodePort), 1)
	clustertest.Cluster(t, "node", "stop", other.Name)
	// The kernel goes on forwarding for a moment.
	clustertest.AwaitWithin(t, 10*time.Second, "the end of "+other.Name, func() error {
		if answer, err := who.Ask("tcp", hostPort(loopback(t, other), nodePort), "", time.Second); err == nil {
			return fmt.Errorf("it still forwards to %s", answer.Server)
		}
		return nil
	})
	for range 2 * len(w.nodes) { // each node's turn comes twice
		if _, err := who.Ask("tcp", at, "", 5*time.Second); err != nil {
			t.Errorf("with %s cut off there is no answer: %v", other.Name, err)
		}
	}
}
