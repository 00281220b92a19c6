package pki_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"

	"k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/keyutil"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// newRoot returns the root of an existing cluster, with certificates as kubeadm creates them, and a fake kubeadm that
// creates new ones. The end-to-end tests use the real kubeadm.
func newRoot(t *testing.T) layout.Root {
	t.Helper()
	root := layout.Root(t.TempDir())
	writeCertificates(t, root.PKI(), "127.0.0.1", "10.123.0.1")
	fresh := t.TempDir()
	writeCertificates(t, fresh, "127.0.0.1", "10.123.0.1")
	// Like kubeadm, it keeps existing files.
	script := fmt.Sprintf("#!/bin/sh\ncp -r --no-clobber '%s/.' '%s'\n", fresh, root.PKI())
	if err := errors.Join(
		os.MkdirAll(root.State("etcd"), 0o700),
		os.MkdirAll(root.Bin(""), 0o700),
		os.WriteFile(root.Bin("kubeadm"), []byte(script), 0o700),
	); err != nil {
		t.Fatal(err)
	}
	return root
}

// writeCertificates writes all certificates and keys, with addresses in the API server's certificate.
func writeCertificates(t *testing.T, dir string, addresses ...string) {
	t.Helper()
	var ips []net.IP
	for _, address := range addresses {
		ips = append(ips, net.ParseIP(address))
	}
	for _, ca := range []struct {
		name   string
		signed []string
	}{
		{"ca", []string{"apiserver", "apiserver-kubelet-client"}},
		{"front-proxy-ca", []string{"front-proxy-client"}},
		{"etcd/ca", []string{"etcd/server", "etcd/peer", "etcd/healthcheck-client", "apiserver-etcd-client"}},
	} {
		key := newKey(t)
		certificate, err := cert.NewSelfSignedCACert(cert.Config{CommonName: ca.name}, key)
		if err != nil {
			t.Fatal(err)
		}
		writePair(t, filepath.Join(dir, ca.name), certificate, key)
		for _, name := range ca.signed {
			own := newKey(t)
			der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
				SerialNumber: big.NewInt(1), NotBefore: certificate.NotBefore, NotAfter: certificate.NotAfter,
				IPAddresses: ips,
			}, certificate, own.Public(), key)
			if err != nil {
				t.Fatal(err)
			}
			leaf, err := x509.ParseCertificate(der)
			if err != nil {
				t.Fatal(err)
			}
			writePair(t, filepath.Join(dir, name), leaf, own)
		}
	}
	tokens := newKey(t)
	public, err := x509.MarshalPKIXPublicKey(tokens.Public())
	if err != nil {
		t.Fatal(err)
	}
	private, err := keyutil.MarshalPrivateKeyToPEM(tokens)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "sa.pub"), pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))
	write(t, filepath.Join(dir, "sa.key"), private)
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func writePair(t *testing.T, path string, certificate *x509.Certificate, key *ecdsa.PrivateKey) {
	t.Helper()
	certificatePEM, err := cert.EncodeCertificates(certificate)
	if err != nil {
		t.Fatal(err)
	}
	keyPEM, err := keyutil.MarshalPrivateKeyToPEM(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path+".crt", certificatePEM)
	write(t, path+".key", keyPEM)
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, content, 0o600)); err != nil {
		t.Fatal(err)
	}
}
