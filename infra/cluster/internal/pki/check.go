package pki

import (
	"bytes"
	"cmp"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/keyutil"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// certificates are the certificates that kubeadm creates, each with its key, and the CA that signs them. A CA comes
// before the certificates that it signs.
var certificates = []struct{ name, ca string }{
	{"ca", "ca"},
	{"apiserver", "ca"},
	{"apiserver-kubelet-client", "ca"},
	{"front-proxy-ca", "front-proxy-ca"},
	{"front-proxy-client", "front-proxy-ca"},
	{"etcd/ca", "etcd/ca"},
	{"etcd/server", "etcd/ca"},
	{"etcd/peer", "etcd/ca"},
	{"etcd/healthcheck-client", "etcd/ca"},
	{"apiserver-etcd-client", "etcd/ca"},
}

// removeDamaged removes the certificates and keys of kubeadm that are incomplete, damaged, or not as this version needs
// them, and returns their names. With a CA, it removes the certificates that the CA signed.
func removeDamaged(root layout.Root) (names []string, err error) {
	remove := func(name string, reason error, files ...string) {
		slog.Warn("creating certificates and keys again", "name", name, "reason", reason)
		names = append(names, name)
		for _, file := range files {
			err = errors.Join(err, os.RemoveAll(root.PKI(file)))
		}
	}
	for _, c := range certificates {
		reason := checkCertificate(root, c.name, c.ca)
		if slices.Contains(names, c.ca) {
			reason = fmt.Errorf("its CA %s is created again", c.ca)
		}
		if reason != nil {
			remove(c.name, reason, c.name+".crt", c.name+".key")
		}
	}
	if reason := checkTokenKeys(root); reason != nil {
		remove("sa", reason, "sa.pub", "sa.key")
	}
	return names, err
}

func checkCertificate(root layout.Root, name, ca string) error {
	certificate, err := loadPair(root, name)
	if err != nil {
		return err
	}
	pool, err := cert.NewPool(root.PKI(ca + ".crt"))
	if err == nil {
		err = verify(certificate, pool)
	}
	if name == "apiserver" {
		for _, address := range []string{layout.APIAddress, layout.NodesAPIAddress} {
			host, _, _ := net.SplitHostPort(address)
			err = cmp.Or(err, certificate.VerifyHostname(host))
		}
	}
	if err != nil {
		return fmt.Errorf("%s.crt: %w", root.PKI(name), err)
	}
	return nil
}

func loadPair(root layout.Root, name string) (*x509.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(root.PKI(name+".crt"), root.PKI(name+".key"))
	if err != nil {
		return nil, fmt.Errorf("%s.crt and .key: %w", root.PKI(name), err)
	}
	return pair.Leaf, nil
}

func verify(certificate *x509.Certificate, cas *x509.CertPool) error {
	_, err := certificate.Verify(x509.VerifyOptions{Roots: cas, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	return err
}

// checkTokenKeys checks the pair of keys that sign and verify the tokens of ServiceAccounts.
func checkTokenKeys(root layout.Root) error {
	private, err := keyutil.PrivateKeyFromFile(root.PKI("sa.key"))
	if err != nil {
		return err
	}
	public, err := keyutil.PublicKeysFromFile(root.PKI("sa.pub"))
	if err != nil {
		return err
	}
	if key, ok := private.(*ecdsa.PrivateKey); !ok || !key.PublicKey.Equal(public[0]) {
		return fmt.Errorf("%s does not match %s", root.PKI("sa.pub"), root.PKI("sa.key"))
	}
	return nil
}

// isCurrent reports whether a kubeconfig is complete, authenticates user with a certificate of this CA, and points to
// server.
func (c *ca) isCurrent(path string, user user, server string) bool {
	content, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	config, err := clientcmd.RESTConfigFromKubeConfig(content)
	if err != nil || config.Host != "https://"+server || !bytes.Equal(config.CAData, c.pem) {
		return false
	}
	pair, err := tls.X509KeyPair(config.CertData, config.KeyData)
	if err != nil || pair.Leaf.Subject.String() != user.subject().String() {
		return false
	}
	cas := x509.NewCertPool()
	cas.AddCert(c.certificate)
	return verify(pair.Leaf, cas) == nil
}
