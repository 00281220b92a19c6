//go:build e2e

package services

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cloud-provider/service/helpers"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

// healthChecks tests healthCheckNodePort. The load balancers of clouds send no connection to a node that returns 503.
func (f *fixture) healthChecks(t *testing.T) {
	for name, selector := range map[string]string{
		"health-server":  "{statefulset.kubernetes.io/pod-name: server-0}",
		"health-nothing": "{app: nobody}",
	} {
		port := f.service(t, `
metadata: {name: `+name+`}
spec: {type: LoadBalancer, externalTrafficPolicy: Local, selector: `+selector+`, ports: [{port: 80, targetPort: who}]}`).Spec.HealthCheckNodePort
		for _, node := range f.nodes {
			want := http.StatusServiceUnavailable
			if name == "health-server" && node.Name == f.nodeOf("server-0") {
				want = http.StatusOK
			}
			url := "http://" + hostPort(loopback(t, node), port)
			clustertest.AwaitWithin(t, 10*time.Second, fmt.Sprintf("%d from %s", want, url), func() error {
				response, err := http.Get(url)
				if err != nil {
					return err
				}
				defer response.Body.Close()
				body, err := io.ReadAll(response.Body)
				if err == nil && response.StatusCode != want {
					err = fmt.Errorf("%s: %s", response.Status, body)
				}
				return err
			})
		}
	}
}

func (f *fixture) hostPort(t *testing.T) {
	image := f.pods["server-0"].Spec.Containers[0].Image
	clustertest.Apply(t, f.namespace, `
apiVersion: v1
kind: Pod
metadata: {name: host-port}
spec:
  terminationGracePeriodSeconds: 0
  containers:
    - name: server
      image: "`+image+`"
      ports: [{containerPort: 8081, hostPort: 18081}]`)
	var node corev1.Node
	clustertest.Await(t, "the Pod's node", func() error {
		pod, err := f.client.CoreV1().Pods(f.namespace).Get(t.Context(), "host-port", metav1.GetOptions{})
		if err != nil {
			return err
		}
		i := slices.IndexFunc(f.nodes, func(node corev1.Node) bool { return node.Name == pod.Spec.NodeName })
		if i < 0 || pod.Status.Phase != corev1.PodRunning {
			return fmt.Errorf("the Pod is %s on %q", pod.Status.Phase, pod.Spec.NodeName)
		}
		node = f.nodes[i]
		return nil
	})
	wantServers(t, mustHostAsk(t, "tcp", hostPort(loopback(t, node), 18081), 1), "host-port")
}

// loadBalancerSharing tests two Services on one address, as for a name server on clouds that allow one protocol a
// Service.
func (f *fixture) loadBalancerSharing(t *testing.T) {
	for name, port := range map[string]string{"dns-tcp": "{port: 53, targetPort: who}", "dns-udp": "{port: 53, protocol: UDP, targetPort: who-udp}"} {
		f.service(t, `
metadata: {name: `+name+`}
spec: {type: LoadBalancer, loadBalancerIP: 127.80.0.53, selector: {app: server}, ports: [`+port+`]}`)
	}
	for _, name := range []string{"dns-tcp", "dns-udp"} {
		if got := f.address(t, name); got != "127.80.0.53" {
			t.Errorf("%s has %s, want 127.80.0.53", name, got)
		}
		wantServers(t, mustHostAsk(t, strings.TrimPrefix(name, "dns-"), "127.80.0.53:53", enough), servers...)
	}
}

func (f *fixture) loadBalancerFinalizer(t *testing.T) {
	f.service(t, `
metadata: {name: finalizer}
spec: {type: LoadBalancer, selector: {app: server}, ports: [{port: 80, targetPort: who}]}`)
	f.address(t, "finalizer")
	services := f.client.CoreV1().Services(f.namespace)
	service, err := services.Get(t.Context(), "finalizer", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !helpers.HasLBFinalizer(service) {
		t.Errorf("its finalizers are %q, want %s", service.Finalizers, helpers.LoadBalancerCleanupFinalizer)
	}
	if ports := service.Status.LoadBalancer.Ingress[0].Ports; len(ports) != 1 || ports[0].Port != 80 || ports[0].Protocol != corev1.ProtocolTCP {
		t.Errorf("the ports of its status are %v, want 80/TCP", ports)
	}
	clustertest.AwaitWithin(t, 10*time.Second, "the change of type", func() error {
		service, err := services.Get(t.Context(), "finalizer", metav1.GetOptions{})
		if err == nil {
			service.Spec.Type = corev1.ServiceTypeClusterIP
			_, err = services.Update(t.Context(), service, metav1.UpdateOptions{})
		}
		return err
	})
	clustertest.AwaitWithin(t, 10*time.Second, "no finalizer", func() error {
		service, err := services.Get(t.Context(), "finalizer", metav1.GetOptions{})
		if err == nil && helpers.HasLBFinalizer(service) {
			err = fmt.Errorf("finalizers %q", service.Finalizers)
		}
		return err
	})
}

func (f *fixture) externalIPs(t *testing.T) {
	f.service(t, `
metadata: {name: external-ips}
spec: {externalIPs: [198.51.100.7], selector: {app: server}, ports: [{port: 80, targetPort: who}]}`)
	f.awaitEvent(t, "external-ips", "ExternalIPsNotReachable")
	wantServers(t, f.mustAsk(t, "client", "tcp", "198.51.100.7:80", enough), servers...)
}
