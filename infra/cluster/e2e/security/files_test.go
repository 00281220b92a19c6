//go:build e2e

package security

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

func TestStateFolderIsPrivate(t *testing.T) {
	t.Parallel()
	state := clustertest.Root().State()
	if info, err := os.Stat(state); err != nil || info.Mode() != fs.ModeDir|0o700 {
		t.Errorf("the state folder is %v (%v), want drwx------", info.Mode(), err)
	}
	secrets := 0
	for path, info := range stateFiles(t) {
		if info.Mode()&0o022 != 0 {
			t.Errorf("%s is %v: other users could write to it if they could enter the folders above", path, info.Mode())
		}
		if holdsSecret(t, path) {
			secrets++
			if info.Mode() != 0o600 {
				t.Errorf("%s contains a secret and is %v, want -rw-------", path, info.Mode())
			}
		}
	}
	// kubeadm's keys for 3 CAs, 3 servers, 3 clients, etcd's health check and tokens; 6 users of the control plane; 3
	// users and the kubelet's key on each of 2 nodes.
	if want := 3 + 3 + 3 + 2 + 6 + 2*4; secrets < want {
		t.Errorf("found %d files with secrets, want at least %d: the search is incomplete", secrets, want)
	}
}

// stateFiles returns the files and folders that the cluster's own processes create. It leaves out the files of
// containers.
func stateFiles(t *testing.T) map[string]fs.FileInfo {
	t.Helper()
	all := map[string]fs.FileInfo{}
	err := filepath.WalkDir(clustertest.Root().State(), func(path string, entry fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil // deleted in the meantime
		}
		if err != nil {
			return err
		}
		for _, containers := range []string{"/containerd", "/kubelet/pods", "/volumes", "/kubectl-cache"} { // the tests create the last one
			if strings.HasSuffix(path, containers) {
				return fs.SkipDir
			}
		}
		if entry.Type()&(fs.ModeSymlink|fs.ModeSocket) != 0 {
			return nil
		}
		info, err := entry.Info()
		if err == nil {
			all[path] = info
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// holdsSecret reports whether a file contains a private key.
func holdsSecret(t *testing.T, path string) bool {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || strings.Contains(path, "/etcd/member/") || strings.Contains(path, "/registry/blobs/") {
		return false
	}
	content, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Contains(content, []byte("PRIVATE KEY-----")) || bytes.Contains(content, []byte("client-key-data:"))
}

func TestOtherUsersOfTheMachineHaveNoAccess(t *testing.T) {
	t.Parallel()
	root := clustertest.Root()
	for _, command := range [][]string{
		{"cat", root.Kubeconfig()},
		{"ls", root.State()},
		{"curl", "--silent", "--show-error", "--unix-socket", root.State("control.sock"), "-X", "POST", "http://cluster/nodes/demo/stop"},
		{root.Bin("cluster"), "--root", string(root), "node", "stop", "demo"},
	} {
		cmd := exec.Command(command[0], command[1:]...)
		const nobody = 65534
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		if output, err := cmd.CombinedOutput(); err == nil {
			t.Errorf("as nobody, %q succeeds: %s", command, output)
		}
	}
}

func TestStateFolderThatOtherUsersCanEnterIsRefused(t *testing.T) {
	// Not parallel: it restarts the cluster.
	state := clustertest.Root().State()
	clustertest.Cluster(t, "down")
	if err := os.Chmod(state, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := clustertest.TryCluster(t, "up"); err == nil || !strings.Contains(err.Error(), "mode 0755 lets other users in: `chmod 700 "+state+"`") {
		t.Errorf("cluster up: %v, want the mode and the remedy", err)
	}
	if err := os.Chmod(state, 0o700); err != nil {
		t.Fatal(err)
	}
	// The cluster sets its own umask: this one would deny other users access inside containers.
	before := unix.Umask(0o077)
	clustertest.Cluster(t, "up")
	unix.Umask(before)
	ns := clustertest.Namespace(t)
	clustertest.Apply(t, ns, `{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}}
---
{apiVersion: v1, kind: Pod, metadata: {name: pod}, spec: {terminationGracePeriodSeconds: 0, hostIPC: true, volumes: [{name: data, persistentVolumeClaim: {claimName: data}}],
  securityContext: {runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000},
  containers: [{name: main, image: "`+clustertest.Busybox+`", command: [sleep, infinity], volumeMounts: [{name: data, mountPath: /data}]}]}}`)
	clustertest.Kubectl(t, "wait", "--namespace", ns, "--for=condition=Ready", "pod/pod", "--timeout=60s")
	clustertest.Exec(t, ns, "pod", "sh", "-ec", "echo 1 > /data/file; echo 1 > /dev/shm/file; echo 1 > /dev/null; head -c 1 /dev/urandom")
}
