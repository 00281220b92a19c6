package pki_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

func TestDamagedCertificatesAreReplaced(t *testing.T) {
	signed := []string{"apiserver.crt", "apiserver-kubelet-client.crt"}
	etcd := []string{"etcd/server.crt", "etcd/peer.crt", "etcd/healthcheck-client.crt", "apiserver-etcd-client.crt"}
	for _, c := range []struct {
		name     string
		damage   func(t *testing.T, pki string) error
		replaced []string
		newCA    bool
	}{
		{"nothing", func(*testing.T, string) error { return nil }, nil, false},
		{"a server's certificate is garbage", garbage("apiserver.crt"), []string{"apiserver.crt"}, false},
		{"a server's key is empty", empty("etcd/peer.key"), []string{"etcd/peer.crt"}, false},
		{"a client's certificate is missing", missing("front-proxy-client.crt"), []string{"front-proxy-client.crt"}, false},
		{"the CA's key is garbage", garbage("ca.key"), append([]string{"ca.crt"}, signed...), true},
		{"the CA is missing", missing("ca.crt"), append([]string{"ca.crt"}, signed...), true},
		{"the key of etcd's CA is empty", empty("etcd/ca.key"), append([]string{"etcd/ca.crt"}, etcd...), false},
		{"a token key is empty", empty("sa.pub"), []string{"sa.pub"}, false},
		{"the token keys do not match", func(t *testing.T, pki string) error {
			writeCertificates(t, filepath.Join(pki, "other"), "127.0.0.1", "10.123.0.1")
			return os.Rename(filepath.Join(pki, "other/sa.key"), filepath.Join(pki, "sa.key"))
		}, []string{"sa.pub"}, false},
		{"everything is missing", func(_ *testing.T, pki string) error { return os.RemoveAll(pki) }, slices.Concat(
			[]string{"ca.crt", "etcd/ca.crt", "front-proxy-ca.crt", "front-proxy-client.crt", "sa.pub"}, signed, etcd), true},
		{"the API server's certificate lacks the nodes' address", func(t *testing.T, pki string) error {
			if err := os.RemoveAll(pki); err != nil {
				return err
			}
			writeCertificates(t, pki, "127.0.0.1")
			return nil
		}, []string{"apiserver.crt"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := newRoot(t)
			ensure(t, root, 1)
			whole := everything(t, root)
			if err := c.damage(t, root.PKI()); err != nil {
				t.Fatal(err)
			}
			before := everything(t, root)
			if got := ensure(t, root, 1); got != c.newCA {
				t.Errorf("new CA: %t, want %t", got, c.newCA)
			}
			after := everything(t, root)
			for name := range whole {
				if isNew := after[name] != before[name] || before[name] == ""; isNew != slices.Contains(c.replaced, name) {
					t.Errorf("%s was replaced: %t", name, isNew)
				}
			}
			read(t, root, root.Kubeconfig()) // it matches the current CA
		})
	}
}

func TestANewClusterIgnoresFilesOfAnInterruptedStart(t *testing.T) {
	root := newRoot(t)
	if err := errors.Join(os.RemoveAll(root.State("etcd")), os.Remove(root.PKI("ca.key"))); err != nil {
		t.Fatal(err)
	}
	if ensure(t, root, 1) {
		t.Error("a new cluster reports a new CA")
	}
	read(t, root, root.Kubeconfig())
}

func garbage(name string) func(*testing.T, string) error {
	return func(_ *testing.T, pki string) error {
		return os.WriteFile(filepath.Join(pki, name), []byte("garbage"), 0o600)
	}
}

func empty(name string) func(*testing.T, string) error {
	return func(_ *testing.T, pki string) error { return os.Truncate(filepath.Join(pki, name), 0) }
}

func missing(name string) func(*testing.T, string) error {
	return func(_ *testing.T, pki string) error { return os.Remove(filepath.Join(pki, name)) }
}

// everything returns the content of all certificates and of the public token key, by file name.
func everything(t *testing.T, root layout.Root) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, pattern := range []string{"*.crt", "etcd/*.crt", "sa.pub"} {
		paths, err := filepath.Glob(root.PKI(pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			name, err := filepath.Rel(root.PKI(), path)
			if err != nil {
				t.Fatal(err)
			}
			found[name] = content(t, path)
		}
	}
	return found
}
