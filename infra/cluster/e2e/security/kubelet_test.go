//go:build e2e

package security

import (
	"crypto/tls"
	"net"
	"net/http"
	"slices"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/cert"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/pki"
)

func TestOnlyTheKubeletOfANodeIsReachable(t *testing.T) {
	t.Parallel()
	for _, node := range []layout.Node{1, 2} {
		if got, want := open(of(t, node).listeners(t)), []string{"tcp [::]:10250"}; !slices.Equal(got, want) {
			t.Errorf("%s listens on %q, want %q", node.Name(), got, want)
		}
	}
	ns := clustertest.Namespace(t)
	startPod(t, ns, "pod", on(layout.Node(1).Name(), kinds["plain"]))
	for _, ip := range []string{layout.Node(1).IP(), layout.Node(2).IP(), layout.ControlPlaneIP} {
		// The kubelet's health and read-only ports, kube-proxy's metrics and health, the controller manager, the
		// scheduler, and the health of the network policy controller.
		for _, port := range []string{"10248", "10255", "10249", "10256", "10257", "10259", "20244"} {
			if connect(t, ns, "pod", net.JoinHostPort(ip, port)) == nil {
				t.Errorf("a Pod reaches %s:%s", ip, port)
			}
		}
	}
	if err := connect(t, ns, "pod", net.JoinHostPort(layout.Node(2).IP(), "10250")); err != nil {
		t.Errorf("the other node's kubelet cannot be reached, so the check above proves nothing: %v", err)
	}
}

func TestKubeletsRequireARole(t *testing.T) {
	t.Parallel()
	ca, err := cert.NewPool(clustertest.Root().PKI("ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		client, kubeconfig, token string
		want                      int
	}{
		{client: "a client without credentials", want: http.StatusUnauthorized},
		{client: "a client with an unknown token", token: "secret", want: http.StatusUnauthorized},
		{client: "kube-proxy", kubeconfig: clustertest.Root().NodeState(1, "users", pki.KubeProxy+".conf"), want: http.StatusForbidden},
		{client: "the other kubelet", kubeconfig: clustertest.Root().NodeState(2, "users", pki.Kubelet+".conf"), want: http.StatusForbidden},
		{client: "the administrator", kubeconfig: clustertest.Root().Kubeconfig(), want: http.StatusOK},
	} {
		config := &tls.Config{RootCAs: ca}
		if c.kubeconfig != "" {
			pair, err := keyPair(c.kubeconfig)
			if err != nil {
				t.Fatal(err)
			}
			config.Certificates = []tls.Certificate{pair}
		}
		for _, path := range []string{"/pods", "/metrics", "/healthz", "/configz", "/stats/summary", "/logs/"} {
			status, err := get(controlPlane(t), "https://"+layout.Node(1).IP()+":10250"+path, config, c.token)
			if err != nil || status != c.want {
				t.Errorf("for %s, %s returns %d (%v), want %d", c.client, path, status, err, c.want)
			}
		}
	}
}

func keyPair(kubeconfig string) (tls.Certificate, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.X509KeyPair(config.CertData, config.KeyData)
}
