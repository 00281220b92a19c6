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

// certificates are those that kubeadm makes, each with its key, and whose key has signed them: authorities before what they sign.
var certificates = []struct{ name, authority string }{
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

// removeDamaged removes what kubeadm has made and is missing in part, damaged, or not as this version needs it, and returns the
// names. What an authority that goes has signed goes with it.
func removeDamaged(root layout.Root) (names []string, err error) {
	remove := func(name string, reason error, files ...string) {
		slog.Warn("certificates and keys are made anew", "name", name, "because", reason)
		names = append(names, name)
		for _, file := range files {
			err = errors.Join(err, os.RemoveAll(root.PKI(file)))
		}
	}
	for _, c := range certificates {
		reason := checkCertificate(root, c.name, c.authority)
		if slices.Contains(names, c.authority) {
			reason = fmt.Errorf("%s is", c.authority)
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

func checkCertificate(root layout.Root, name, authority string) error {
	certificate, err := loadPair(root, name)
	if err != nil {
		return err
	}
	pool, err := cert.NewPool(root.PKI(authority + ".crt"))
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

func verify(certificate *x509.Certificate, authority *x509.CertPool) error {
	_, err := certificate.Verify(x509.VerifyOptions{Roots: authority, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	return err
}

// checkTokenKeys checks the pair of keys that ServiceAccounts' tokens are signed and verified with.
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
		return fmt.Errorf("%s does not fit %s", root.PKI("sa.pub"), root.PKI("sa.key"))
	}
	return nil
}

// knows says whether a kubeconfig is whole, and leads a user to a server that this authority vouches for.
func (a *authority) knows(path string, user user, server string) bool {
	content, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	config, err := clientcmd.RESTConfigFromKubeConfig(content)
	if err != nil || config.Host != "https://"+server || !bytes.Equal(config.CAData, a.pem) {
		return false
	}
	pair, err := tls.X509KeyPair(config.CertData, config.KeyData)
	if err != nil || pair.Leaf.Subject.String() != user.subject().String() {
		return false
	}
	authority := x509.NewCertPool()
	authority.AddCert(a.certificate)
	return verify(pair.Leaf, authority) == nil
}
