//go:build e2e

package security

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/vishvananda/netlink"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

func TestHostListensOnlyOnLoopback(t *testing.T) {
	// Not parallel, because it expects an exact list of listeners. Parallel tests start when this one has ended.
	cluster := []string{"tcp 127.0.0.1:15000", "tcp 127.0.0.1:16443"}
	if got := host().listeners(t); !slices.Equal(got, cluster) {
		t.Fatalf("without Services the host listens on %q, want %q", got, cluster)
	}
	ns := clustertest.Namespace(t)
	clustertest.Apply(t, ns, `
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: LoadBalancer, selector: {app: web},
  ports: [{name: http, port: 80}, {name: https, port: 443}, {name: http3, port: 443, protocol: UDP}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: ports}, spec: {type: NodePort, selector: {app: web}, ports: [{port: 80}]}}`)
	clustertest.Await(t, "exactly the Services' listeners", func() error {
		want, err := listenersOf(t, ns)
		if err != nil {
			return err
		}
		want = slices.Sorted(slices.Values(append(want, cluster...)))
		got := host().listeners(t)
		if others := open(got); len(others) > 0 {
			t.Fatalf("the host listens on %q, which other machines can reach", others)
		}
		if !slices.Equal(got, want) {
			return fmt.Errorf("the host listens on %q, want %q", got, want)
		}
		return nil
	})
	clustertest.Kubectl(t, "delete", "service", "--namespace", ns, "web", "ports")
	clustertest.Await(t, "the end of the Services' listeners", func() error {
		if got := host().listeners(t); !slices.Equal(got, cluster) {
			return fmt.Errorf("the host listens on %q, want %q", got, cluster)
		}
		return nil
	})
}

// listenersOf returns the expected listeners for the Services of a namespace: each port on the Service's address, and
// each NodePort on the host's address for each node.
func listenersOf(t *testing.T, namespace string) (want []string, err error) {
	t.Helper()
	services, err := clustertest.Client(t).CoreV1().Services(namespace).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	for _, service := range services.Items {
		if service.Spec.Type == corev1.ServiceTypeLoadBalancer && len(service.Status.LoadBalancer.Ingress) != 1 {
			return nil, errors.New(service.Name + " has no address yet")
		}
		for _, port := range service.Spec.Ports {
			protocol := strings.ToLower(string(port.Protocol))
			for _, ingress := range service.Status.LoadBalancer.Ingress {
				want = append(want, fmt.Sprintf("%s %s:%d", protocol, ingress.IP, port.Port))
			}
			for _, node := range []string{"127.81.0.1", "127.81.0.2"} {
				want = append(want, fmt.Sprintf("%s %s:%d", protocol, node, port.NodePort))
			}
		}
	}
	return want, nil
}

func TestContainersCannotReachTheHostsNetwork(t *testing.T) {
	t.Parallel()
	const address = "192.0.2.1" // reserved for examples, RFC 5737
	addHostAddress(t, address)
	var addresses []string
	accepted := make(chan string)
	for _, ip := range []string{"127.0.0.1", "127.80.0.200", address} {
		listener, err := net.Listen("tcp4", net.JoinHostPort(ip, "0"))
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		addresses = append(addresses, listener.Addr().String())
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				conn.Close()
				accepted <- listener.Addr().String()
			}
		}()
	}
	for _, address := range addresses { // the host itself reaches them
		conn, err := net.Dial("tcp4", address)
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
		<-accepted
	}
	// The cluster's own listeners on the host, which lead back into the cluster.
	addresses = append(addresses, "127.0.0.1:16443", "127.0.0.1:15000")

	ns := clustertest.Namespace(t)
	for name, kind := range kinds {
		startPod(t, ns, name, kind)
		if err := connect(t, ns, name, layout.NodesAPIAddress); err != nil {
			t.Errorf("the %s Pod cannot reach the API server: %v", name, err)
		}
		for _, address := range addresses {
			if connect(t, ns, name, address) == nil {
				t.Errorf("the %s Pod reaches %s", name, address)
			}
		}
	}
	select {
	case listener := <-accepted:
		t.Errorf("a container has connected to %s of the host", listener)
	default:
	}
}

// addHostAddress adds an address to the host that is not on the loopback device, like that of a machine in an office.
func addHostAddress(t *testing.T, ip string) {
	t.Helper()
	device := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: "office"}} // without ports; some kernels lack "dummy"
	if err := netlink.LinkAdd(device); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := netlink.LinkDel(device); err != nil {
			t.Error(err)
		}
	})
	if err := netlink.AddrAdd(device, &netlink.Addr{IPNet: &net.IPNet{IP: net.ParseIP(ip), Mask: net.CIDRMask(24, 32)}}); err != nil {
		t.Fatal(err)
	}
	if err := netlink.LinkSetUp(device); err != nil {
		t.Fatal(err)
	}
}
