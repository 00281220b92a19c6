//go:build e2e

package security

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/cert"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// TestAPIServerRefusesAnImpostor starts a server that is not a kubelet at the address of a node.
func TestAPIServerRefusesAnImpostor(t *testing.T) {
	// Not parallel: another test lists the listeners in the control plane.
	const ip, name = "10.123.0.200", "impostor"
	addControlPlaneAddress(t, ip)
	startNode(t, name, ip)

	certificate, key, err := cert.GenerateSelfSignedCertKey(name, []net.IP{net.ParseIP(ip)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	own, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	root := clustertest.Root()
	stolen, err := tls.LoadX509KeyPair(root.NodeState(2, "pki", "kubelet.crt"), root.NodeState(2, "pki", "kubelet.key"))
	if err != nil {
		t.Fatal(err)
	}
	for want, certificate := range map[string]tls.Certificate{
		"certificate signed by unknown authority":               own,
		"certificate is valid for 10.123.0.3, not 10.123.0.200": stolen,
	} {
		stop := serve(t, ip+":10250", certificate)
		got, err := clustertest.TryKubectl(t, "get", "--raw", "/api/v1/nodes/"+name+"/proxy/pods")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the impostor's response is %q, %v; want %q", got, err, want)
		}
		if requested := stop(); requested {
			t.Errorf("the impostor got a request, want %q before", want)
		}
	}
}

// addControlPlaneAddress adds an address to the control plane, which the API server reaches like a node's address.
func addControlPlaneAddress(t *testing.T, ip string) {
	t.Helper()
	namespace, err := netns.GetFromPid(int(controlPlane(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer namespace.Close()
	handle, err := netlink.NewHandleAt(namespace)
	if err != nil {
		t.Fatal(err)
	}
	defer handle.Close()
	bridge, err := handle.LinkByName(layout.Bridge)
	if err != nil {
		t.Fatal(err)
	}
	address := &netlink.Addr{IPNet: &net.IPNet{IP: net.ParseIP(ip), Mask: net.CIDRMask(32, 32)}}
	if err := handle.AddrAdd(bridge, address); err != nil {
		t.Fatal(err)
	}
}

// startNode registers a node with the address ip until the test ends.
func startNode(t *testing.T, name, ip string) {
	t.Helper()
	nodes := clustertest.Client(t).CoreV1().Nodes()
	if _, err := nodes.Create(t.Context(), &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec:       corev1.NodeSpec{Unschedulable: true},
		Status: corev1.NodeStatus{
			Addresses:       []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: ip}},
			DaemonEndpoints: corev1.NodeDaemonEndpoints{KubeletEndpoint: corev1.DaemonEndpoint{Port: 10250}},
		},
	}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := nodes.Delete(context.Background(), name, metav1.DeleteOptions{}); err != nil {
			t.Error(err)
		}
	})
}

// serve starts an HTTPS server on an address of the control plane. stop stops it and reports whether it got a request.
func serve(t *testing.T, address string, certificate tls.Certificate) (stop func() (requested bool)) {
	t.Helper()
	var listener net.Listener
	if err := controlPlane(t).enter(func() (err error) {
		listener, err = net.Listen("tcp4", address)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	requested := false
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requested = true }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it would log the expected errors
	server.Listener.Close()
	server.Listener = listener
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	server.StartTLS()
	return func() bool {
		server.Close()
		return requested
	}
}
