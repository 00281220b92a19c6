package upgrade_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/upgrade"
)

// oldState is what the last version without nodes of their own left, a file for each folder.
var oldState = []string{
	"admin.conf", "cni/10-bridge.conflist", "containerd.toml", "containerd/meta.db", "controller-manager.conf", "etcd/member/wal",
	"kube-proxy.yaml", "kubeadm.yaml", "kubeconfig", "kubelet.conf", "kubelet.yaml", "kubelet/pods/1/volume", "lock",
	"log/kubelet.log", "pki/ca.crt", "pod-logs/one", "registries/hosts.toml", "registry/blobs/one", "resolv.conf", "scheduler.conf", "status.json",
	"super-admin.conf", "users/kubernetes-networking:provisioner.conf", "volumes/pvc-1/PG_VERSION",
}

func TestTheOnlyNodeGetsAFolderOfItsOwn(t *testing.T) {
	root := newState(t, oldState...)
	upgradeState(t, root)
	want := []string{
		"etcd/member/wal", "kubeadm.yaml", "kubeconfig", "lock", "log/kubelet.log",
		"nodes/demo/containerd/meta.db", "nodes/demo/kubelet/pods/1/volume", "nodes/demo/pod-logs/one", "nodes/demo/volumes/pvc-1/PG_VERSION",
		"pki/ca.crt", "status.json", "version",
	}
	if got := files(t, root); !slices.Equal(got, want) {
		t.Errorf("the folder holds\n%q, want\n%q", got, want)
	}
	if nodes, err := root.Nodes(); err != nil || !slices.Equal(nodes, []layout.Node{1}) {
		t.Errorf("its nodes are %v (%v), want the first", nodes, err)
	}
}

func TestAnInterruptedUpgradeGoesOn(t *testing.T) {
	root := newState(t, oldState...)
	// As far as it came before the power went.
	if err := errors.Join(
		os.MkdirAll(root.State("nodes.new", "demo"), 0o700),
		os.Rename(root.State("containerd"), root.State("nodes.new", "demo", "containerd")),
		os.RemoveAll(root.State("cni")),
	); err != nil {
		t.Fatal(err)
	}
	upgradeState(t, root)
	whole := newState(t, oldState...)
	upgradeState(t, whole)
	if got, want := files(t, root), files(t, whole); !slices.Equal(got, want) {
		t.Errorf("the folder holds\n%q, want\n%q", got, want)
	}
}

func TestAStateOfThisVersionIsLeftAlone(t *testing.T) {
	for name, state := range map[string][]string{
		"new":                 {"lock"},
		"before the file was": {"etcd/member/wal", "nodes/demo/volumes/pvc-1/PG_VERSION", "users/one.conf"},
	} {
		t.Run(name, func(t *testing.T) {
			root := newState(t, state...)
			for range 2 {
				upgradeState(t, root)
			}
			if got, want := files(t, root), append(state, "version"); !slices.Equal(got, want) {
				t.Errorf("the folder holds\n%q, want\n%q", got, want)
			}
		})
	}
}

func TestTheRegistryOfOneFolderOfBlobsIsDropped(t *testing.T) {
	root := newState(t, "etcd/member/wal", "nodes/demo/containerd/meta.db", "registry/blobs/one", "version")
	if err := os.WriteFile(root.State("version"), []byte("2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	upgradeState(t, root)
	if got, want := files(t, root), []string{"etcd/member/wal", "nodes/demo/containerd/meta.db", "version"}; !slices.Equal(got, want) {
		t.Errorf("the folder holds %q, want %q", got, want)
	}
}

func TestWhatCannotBeUpgradedIsSaid(t *testing.T) {
	for content, want := range map[string]string{
		"4\n":  "was made by a newer version of this program (layout 4, this one knows 3)",
		"\x00": `version should hold the version of the folder's layout, and holds "\x00": remove the file`,
	} {
		root := newState(t, append(oldState, "version")...)
		before := files(t, root)
		if err := os.WriteFile(root.State("version"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := upgrade.State(root); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", content, err, want)
		}
		if after := files(t, root); !slices.Equal(after, before) {
			t.Errorf("%q: the folder holds\n%q, want\n%q", content, after, before)
		}
	}
}

func upgradeState(t *testing.T, root layout.Root) {
	t.Helper()
	if err := upgrade.State(root); err != nil {
		t.Fatal(err)
	}
}

func newState(t *testing.T, files ...string) layout.Root {
	t.Helper()
	root := layout.Root(t.TempDir())
	for _, name := range files {
		if err := errors.Join(os.MkdirAll(filepath.Dir(root.State(name)), 0o700), os.WriteFile(root.State(name), nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// files are all files of the state folder, sorted.
func files(t *testing.T, root layout.Root) []string {
	t.Helper()
	var found []string
	if err := fs.WalkDir(os.DirFS(root.State()), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			found = append(found, path)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return found
}
