package pki

import (
	"crypto"
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
	"time"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/keyutil"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// validity is long because nobody renews the certificates of a cluster on a laptop. kubeadm.yaml sets the same for
// kubeadm.
const validity = 10 * 365 * 24 * time.Hour

// ca is the cluster's certificate authority. It signs the certificates of the API server's clients and of the kubelets.
type ca struct {
	certificate *x509.Certificate
	key         crypto.Signer
	pem         []byte
}

func loadCA(root layout.Root) (*ca, error) {
	certificates, err := cert.CertsFromFile(root.PKI("ca.crt"))
	if err != nil {
		return nil, fmt.Errorf("read the CA certificate: %w", err)
	}
	key, err := keyutil.PrivateKeyFromFile(root.PKI("ca.key"))
	if err != nil {
		return nil, fmt.Errorf("read the key of the CA: %w", err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("%s does not contain a signing key", root.PKI("ca.key"))
	}
	content, err := os.ReadFile(root.PKI("ca.crt"))
	return &ca{certificates[0], signer, content}, err
}

func (c *ca) writeKubeconfig(folder *os.Root, path string, user user, server string) error {
	content, err := c.kubeconfig(user, server)
	if err == nil {
		err = writeFile(folder, path, content)
	}
	if err != nil {
		return fmt.Errorf("create the kubeconfig of %s: %w", user.name, err)
	}
	return nil
}

func (c *ca) kubeconfig(user user, server string) ([]byte, error) {
	const cluster = "kubernetes-networking"
	certificate, key, err := c.issue(&x509.Certificate{
		Subject: user.subject(), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return nil, err
	}
	config := api.NewConfig()
	config.Clusters[cluster] = &api.Cluster{Server: "https://" + server, CertificateAuthorityData: c.pem}
	config.AuthInfos[user.name] = &api.AuthInfo{ClientCertificateData: certificate, ClientKeyData: key}
	config.CurrentContext = user.name + "@" + cluster
	config.Contexts[config.CurrentContext] = &api.Context{Cluster: cluster, AuthInfo: user.name}
	return clientcmd.Write(*config)
}

// writeKubelet writes the serving certificate and key of a node's kubelet.
func (c *ca) writeKubelet(folder *os.Root, node layout.Node) error {
	certificate, key, err := c.issue(&x509.Certificate{
		Subject:     kubelet(node).subject(),
		IPAddresses: []net.IP{net.ParseIP(node.IP())},
		DNSNames:    []string{node.Name()},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	if err == nil {
		err = errors.Join(writeFile(folder, "pki/kubelet.key", key), writeFile(folder, "pki/kubelet.crt", certificate))
	}
	if err != nil {
		return fmt.Errorf("create the certificate of %s's kubelet: %w", node.Name(), err)
	}
	return nil
}

// issue creates a key and a certificate with the subject, names and usages of template. Both results are PEM.
func (c *ca) issue(template *x509.Certificate) (certificate, keyPEM []byte, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127)); err != nil {
		return nil, nil, err
	}
	template.NotBefore, template.NotAfter = c.certificate.NotBefore, time.Now().Add(validity)
	template.KeyUsage = x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(rand.Reader, template, c.certificate, key.Public(), c.key)
	if err != nil {
		return nil, nil, err
	}
	keyPEM, err = keyutil.MarshalPrivateKeyToPEM(key)
	return pem.EncodeToMemory(&pem.Block{Type: cert.CertificateBlockType, Bytes: der}), keyPEM, err
}
