//go:build e2e

package security

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"testing"

	"k8s.io/client-go/util/cert"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

func TestAPIServerRefusesUnauthenticatedRequests(t *testing.T) {
	t.Parallel()
	root := clustertest.Root()
	ca, err := cert.NewPool(root.PKI("ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	kubelet, err := tls.LoadX509KeyPair(root.NodeState(1, "pki", "kubelet.crt"), root.NodeState(1, "pki", "kubelet.key"))
	if err != nil {
		t.Fatal(err)
	}
	etcdClient, err := tls.LoadX509KeyPair(root.PKI("apiserver-etcd-client.crt"), root.PKI("apiserver-etcd-client.key"))
	if err != nil {
		t.Fatal(err)
	}
	for name, credentials := range map[string]struct {
		certificate tls.Certificate
		token       string
	}{
		"without credentials":              {},
		"with a server certificate":        {certificate: kubelet},
		"with a certificate of another CA": {certificate: etcdClient},
		"with an unsigned token":           {token: "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzeXN0ZW06YWRtaW4ifQ."}, // {"alg":"none"}, {"sub":"system:admin"}
	} {
		config := &tls.Config{RootCAs: ca, GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return &credentials.certificate, nil
		}}
		for _, path := range []string{
			"/", "/version", "/livez", "/readyz", "/healthz", "/metrics", "/api", "/apis", "/openapi/v2", "/openapi/v3", "/logs", "/debug/pprof/",
			"/.well-known/openid-configuration", "/openid/v1/jwks", "/api/v1/namespaces", "/api/v1/namespaces/kube-system/secrets", "/no-such-thing",
		} {
			status, err := get(host(), "https://"+layout.APIAddress+path, config, credentials.token)
			if err != nil || status != http.StatusUnauthorized {
				t.Errorf("%s, %s returns %d (%v), want 401", name, path, status, err)
			}
		}
	}
}

func TestTokenOfAServiceAccountAuthenticates(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	startPod(t, ns, "pod", kinds["plain"])
	const account = "/var/run/secrets/kubernetes.io/serviceaccount/"
	token := clustertest.Exec(t, ns, "pod", "cat", account+"token")
	ca := x509.NewCertPool()
	ca.AppendCertsFromPEM([]byte(clustertest.Exec(t, ns, "pod", "cat", account+"ca.crt")))
	for path, want := range map[string]int{
		"/version":                              http.StatusOK,
		"/api/v1/namespaces/" + ns + "/secrets": http.StatusForbidden,
	} {
		status, err := get(of(t, 1), "https://"+layout.NodesAPIAddress+path, &tls.Config{RootCAs: ca}, token)
		if err != nil || status != want {
			t.Errorf("an account without a role: %s returns %d (%v), want %d", path, status, err, want)
		}
		status, err = get(of(t, 1), "https://"+layout.NodesAPIAddress+path, &tls.Config{RootCAs: ca}, token+"x")
		if err != nil || status != http.StatusUnauthorized {
			t.Errorf("with a damaged token, %s returns %d (%v), want 401", path, status, err)
		}
	}
}
