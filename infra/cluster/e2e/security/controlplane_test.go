//go:build e2e

package security

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/util/cert"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

func TestNodesReachOnlyTheAPIServerAndTheRegistry(t *testing.T) {
	t.Parallel()
	if got, want := open(controlPlane(t).listeners(t)), []string{"tcp 10.123.0.1:15000", "tcp [::]:16443"}; !slices.Equal(got, want) {
		t.Errorf("the control plane listens on %q, want %q", got, want)
	}
	var answering []int
	if err := of(t, 2).enter(func() error {
		for port := 1; port <= 65535; port++ {
			conn, err := net.DialTimeout("tcp4", fmt.Sprintf("%s:%d", layout.ControlPlaneIP, port), time.Second)
			if err == nil {
				conn.Close()
				answering = append(answering, port)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if want := []int{15000, layout.APIPort}; !slices.Equal(answering, want) {
		t.Errorf("a node reaches the control plane's ports %d, want %d", answering, want)
	}
}

func TestEtcdRequiresItsClientCertificate(t *testing.T) {
	t.Parallel()
	pki := clustertest.Root().PKI
	ca, err := cert.NewPool(pki("etcd", "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		client      string
		certificate []string
		answered    bool
	}{
		{"the API server", []string{pki("apiserver-etcd-client.crt"), pki("apiserver-etcd-client.key")}, true},
		{"a client without a certificate", nil, false},
		{"a client with a certificate of the cluster's CA", []string{pki("apiserver-kubelet-client.crt"), pki("apiserver-kubelet-client.key")}, false},
	} {
		for _, address := range []string{"127.0.0.1:2379", "127.0.0.1:2380"} {
			config := &tls.Config{RootCAs: ca}
			if c.certificate != nil {
				pair, err := tls.LoadX509KeyPair(c.certificate[0], c.certificate[1])
				if err != nil {
					t.Fatal(err)
				}
				// Send the certificate even if the server does not list its CA.
				config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
			}
			status, err := get(controlPlane(t), "https://"+address+"/version", config, "")
			if answered := err == nil; answered != c.answered {
				t.Errorf("etcd at %s returns to %s %d, %v; want a response: %t", address, c.client, status, err, c.answered)
			}
		}
	}
}

func TestServersRefuseTLSBefore12(t *testing.T) {
	t.Parallel()
	cas := x509.NewCertPool()
	for _, file := range []string{clustertest.Root().PKI("ca.crt"), clustertest.Root().PKI("etcd", "ca.crt")} {
		certificates, err := cert.CertsFromFile(file)
		if err != nil {
			t.Fatal(err)
		}
		cas.AddCert(certificates[0])
	}
	for _, address := range []string{
		layout.APIAddress, layout.Node(1).IP() + ":10250", layout.Node(2).IP() + ":10250", "127.0.0.1:2379", "127.0.0.1:2380",
	} {
		for _, c := range []struct {
			version   uint16
			supported bool
		}{{tls.VersionTLS10, false}, {tls.VersionTLS11, false}, {tls.VersionTLS12, true}, {tls.VersionTLS13, true}} {
			conn, err := controlPlane(t).dial(address)
			if err != nil {
				t.Fatal(err)
			}
			ip, _, _ := net.SplitHostPort(address)
			err = tls.Client(conn, &tls.Config{RootCAs: cas, ServerName: ip, MinVersion: c.version, MaxVersion: c.version}).Handshake()
			conn.Close()
			refused := err != nil && strings.Contains(err.Error(), "protocol version")
			// Some servers require a client certificate and then fail with another error.
			if err != nil && !refused && !strings.Contains(err.Error(), "remote error: tls: ") {
				t.Errorf("%s with %s: %v", address, tls.VersionName(c.version), err)
			}
			if refused == c.supported {
				t.Errorf("%s supports %s: %t (%v), want %t", address, tls.VersionName(c.version), !refused, err, c.supported)
			}
		}
	}
}

// get sends a request from a network to an HTTPS server, with a bearer token unless token is empty.
func get(from network, url string, config *tls.Config, token string) (status int, err error) {
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		DialContext: from.dialContext, TLSClientConfig: config, DisableKeepAlives: true,
	}}
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, err
}
