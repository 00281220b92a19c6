package pki_test

import (
	"crypto/x509"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/cert"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/pki"
)

func ensure(t *testing.T, root layout.Root, nodes ...layout.Node) (newCA bool) {
	t.Helper()
	newCA, err := pki.Ensure(root, nodes)
	if err != nil {
		t.Fatal(err)
	}
	return newCA
}

// identity is the user and the server in a kubeconfig.
type identity struct {
	user   string
	groups []string
	server string
}

func read(t *testing.T, root layout.Root, path string) identity {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", path)
	if err != nil {
		t.Fatal(err)
	}
	certificates, err := cert.ParseCertsPEM(config.CertData)
	if err != nil {
		t.Fatal(err)
	}
	cas, err := cert.NewPool(root.PKI("ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := certificates[0].Verify(x509.VerifyOptions{Roots: cas, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
		t.Errorf("%s: %v", path, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%s has mode %v (%v), want 0600", path, info.Mode(), err)
	}
	subject := certificates[0].Subject
	return identity{subject.CommonName, subject.Organization, config.Host}
}

func TestEachComponentHasItsOwnUser(t *testing.T) {
	root := newRoot(t)
	ensure(t, root, 1, 2)
	for path, want := range map[string]identity{
		root.Kubeconfig(): {"kubernetes-admin", nil, "https://127.0.0.1:16443"},
		root.UserKubeconfig("kubernetes-super-admin"):         {"kubernetes-super-admin", []string{"system:masters"}, "https://10.123.0.1:16443"},
		root.UserKubeconfig("system:kube-controller-manager"): {"system:kube-controller-manager", nil, "https://10.123.0.1:16443"},
		root.UserKubeconfig("system:kube-scheduler"):          {"system:kube-scheduler", nil, "https://10.123.0.1:16443"},
		root.UserKubeconfig(pki.LoadBalancer):                 {pki.LoadBalancer, nil, "https://10.123.0.1:16443"},
		root.UserKubeconfig(pki.Provisioner):                  {pki.Provisioner, nil, "https://10.123.0.1:16443"},
		root.NodeState(1, "users", "kubelet.conf"):            {"system:node:demo", []string{"system:nodes"}, "https://10.123.0.1:16443"},
		root.NodeState(2, "users", "kubelet.conf"):            {"system:node:demo-2", []string{"system:nodes"}, "https://10.123.0.1:16443"},
		root.NodeState(2, "users", "system:kube-proxy.conf"):  {"system:kube-proxy", nil, "https://10.123.0.1:16443"},
		root.NodeState(2, "users", pki.PodNetwork+".conf"):    {pki.PodNetwork, nil, "https://10.123.0.1:16443"},
	} {
		got := read(t, root, path)
		if got.user != want.user || !slices.Equal(got.groups, want.groups) || got.server != want.server {
			t.Errorf("%s is %+v, want %+v", filepath.Base(path), got, want)
		}
	}
}

func TestTheAdministratorsKubeconfigIsKeptAndOthersAreReplaced(t *testing.T) {
	root := newRoot(t)
	ensure(t, root, 1)
	before := content(t, root.Kubeconfig())
	if err := os.Remove(root.UserKubeconfig(pki.Provisioner)); err != nil {
		t.Fatal(err)
	}
	// A power cut can leave an empty file.
	if err := os.Truncate(root.NodeState(1, "users", "kubelet.conf"), 0); err != nil {
		t.Fatal(err)
	}
	ensure(t, root, 1)
	if content(t, root.Kubeconfig()) != before {
		t.Error("the administrator's kubeconfig was replaced")
	}
	read(t, root, root.UserKubeconfig(pki.Provisioner))
	read(t, root, root.NodeState(1, "users", "kubelet.conf"))
}

func content(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestAKubeletsCertificateIsValidForItsNodesAddressOnly(t *testing.T) {
	root := newRoot(t)
	ensure(t, root, 1, 2)
	cas, err := cert.NewPool(root.NodeState(2, "pki", "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	certificates, err := cert.CertsFromFile(root.NodeState(2, "pki", "kubelet.crt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		usage x509.ExtKeyUsage
		valid bool
	}{
		{"10.123.0.3", x509.ExtKeyUsageServerAuth, true},
		{"demo-2", x509.ExtKeyUsageServerAuth, true},
		{"10.123.0.2", x509.ExtKeyUsageServerAuth, false},
		{"10.123.0.3", x509.ExtKeyUsageClientAuth, false},
	} {
		_, err := certificates[0].Verify(x509.VerifyOptions{Roots: cas, DNSName: c.name, KeyUsages: []x509.ExtKeyUsage{c.usage}})
		if (err == nil) != c.valid {
			t.Errorf("for %s with usage %d: %v, want valid to be %t", c.name, c.usage, err, c.valid)
		}
	}
}

func TestSymbolicLinksOutOfANodesFolderAreNotFollowed(t *testing.T) {
	root, elsewhere := newRoot(t), t.TempDir()
	if err := os.MkdirAll(root.NodeState(1), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, root.NodeState(1, "users")); err != nil {
		t.Fatal(err)
	}
	if _, err := pki.Ensure(root, []layout.Node{1}); err == nil {
		t.Error("the node's kubeconfigs were written, want an error")
	}
	if files, err := os.ReadDir(elsewhere); err != nil || len(files) > 0 {
		t.Errorf("the target of the link contains %v (%v), want nothing", files, err)
	}
}

func TestANodeHasOnlyItsOwnKeys(t *testing.T) {
	root := newRoot(t)
	ensure(t, root, 1)
	var files []string
	err := filepath.WalkDir(root.NodeState(1), func(_ string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files = append(files, entry.Name())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	if want := []string{"ca.crt", "kubelet.conf", "kubelet.crt", "kubelet.key", pki.PodNetwork + ".conf", "system:kube-proxy.conf"}; !slices.Equal(files, want) {
		t.Errorf("the node has %q, want %q", files, want)
	}
}
