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

func TestTheAPIServerAnswersNobodyWithoutAName(t *testing.T) {
	t.Parallel()
	root := clustertest.Root()
	authorities, err := cert.NewPool(root.PKI("ca.crt"))
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
	for who, proof := range map[string]struct {
		certificate tls.Certificate
		token       string
	}{
		"without a proof":                           {},
		"with a certificate for serving":            {certificate: kubelet},
		"with a certificate of another's authority": {certificate: etcdClient},
		"with a token that nobody has signed":       {token: "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzeXN0ZW06YWRtaW4ifQ."}, // {"alg":"none"}, {"sub":"system:admin"}
	} {
		config := &tls.Config{RootCAs: authorities, GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return &proof.certificate, nil
		}}
		for _, path := range []string{
			"/", "/version", "/livez", "/readyz", "/healthz", "/metrics", "/api", "/apis", "/openapi/v2", "/openapi/v3", "/logs", "/debug/pprof/",
			"/.well-known/openid-configuration", "/openid/v1/jwks", "/api/v1/namespaces", "/api/v1/namespaces/kube-system/secrets", "/no-such-thing",
		} {
			status, err := get(host(), "https://"+layout.APIAddress+path, config, proof.token)
			if err != nil || status != http.StatusUnauthorized {
				t.Errorf("%s, %s is answered with %d (%v), want 401", who, path, status, err)
			}
		}
	}
}

func TestATokenOfAServiceAccountIsAName(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	startPod(t, ns, "pod", kinds["plain"])
	const account = "/var/run/secrets/kubernetes.io/serviceaccount/"
	token := clustertest.Exec(t, ns, "pod", "cat", account+"token")
	authorities := x509.NewCertPool()
	authorities.AppendCertsFromPEM([]byte(clustertest.Exec(t, ns, "pod", "cat", account+"ca.crt")))
	for path, want := range map[string]int{
		"/version":                              http.StatusOK,
		"/api/v1/namespaces/" + ns + "/secrets": http.StatusForbidden,
	} {
		status, err := get(of(t, 1), "https://"+layout.NodesAPIAddress+path, &tls.Config{RootCAs: authorities}, token)
		if err != nil || status != want {
			t.Errorf("an account without a role, asking for %s, is answered with %d (%v), want %d", path, status, err, want)
		}
		status, err = get(of(t, 1), "https://"+layout.NodesAPIAddress+path, &tls.Config{RootCAs: authorities}, token+"x")
		if err != nil || status != http.StatusUnauthorized {
			t.Errorf("with a token that is not quite that, %s is answered with %d (%v), want 401", path, status, err)
		}
	}
}
