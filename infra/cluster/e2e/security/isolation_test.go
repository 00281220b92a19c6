//go:build e2e

package security

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// The tests below run commands in a container with all rights that Kubernetes can grant. Such a container is root on
// the machine's kernel, so it could do more: create device files and load modules, as in any Kubernetes that runs in
// containers.

func TestContainerFindsOnlyTheCredentialsOfItsNode(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	startPod(t, ns, "pod", on(layout.Node(1).Name(), privileged))
	own, others := keys(t)
	if len(own) != 4 || len(others) < 20 {
		t.Fatalf("the node has %d keys and the others %d, want 4 and at least 20", len(own), len(others))
	}
	// Search the node's files and the mount namespace of each process, except the machine's programs.
	const search = `
find /node /proc/[0-9]*/root/ -path '*/usr' -prune -o -path '*/sys' -prune -o -path '*/proc' -prune -o -type f -size -1024k -print 2>/dev/null |
  xargs -r grep -slF -f /tmp/patterns; true`
	found := func(patterns map[string]string) map[string]bool {
		var lines []string
		for _, pattern := range patterns {
			lines = append(lines, pattern)
		}
		clustertest.Exec(t, ns, "pod", "sh", "-c", fmt.Sprintf("echo '%s' > /tmp/patterns", strings.Join(lines, "\n")))
		files := map[string]bool{}
		for _, file := range strings.Fields(clustertest.Exec(t, ns, "pod", "sh", "-c", search)) {
			if !strings.HasSuffix(file, "/tmp/patterns") {
				files[file] = true
			}
		}
		return files
	}
	// The node's own keys prove that the search works.
	files := found(own)
	for name := range own {
		if path := filepath.Join("/node/run/local/cluster", name); !files[path] {
			t.Errorf("the search did not find %s, but %v", path, files)
		}
	}
	for file := range found(others) {
		t.Errorf("%s contains a key of another component", file)
	}
}

// keys returns a part of each private key, by the name of its file: those of the first node, and all others of the
// cluster.
func keys(t *testing.T) (own, others map[string]string) {
	t.Helper()
	own, others = map[string]string{}, map[string]string{}
	for path := range stateFiles(t) {
		if !holdsSecret(t, path) {
			continue
		}
		pem, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		part := strings.Split(string(pem), "\n")
		pattern := ""
		if config, err := clientcmd.Load(pem); err == nil && len(config.AuthInfos) == 1 {
			for _, user := range config.AuthInfos {
				pattern = base64.StdEncoding.EncodeToString(user.ClientKeyData)
			}
		} else {
			pattern = part[1]
		}
		if name, isOwn := strings.CutPrefix(path, clustertest.Root().NodeState(1)+"/"); isOwn {
			own[name] = pattern
		} else {
			others[strings.TrimPrefix(path, clustertest.Root().State()+"/")] = pattern
		}
	}
	return own, others
}

func TestContainerSeesNothingOfTheShellThatStartedTheCluster(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	startPod(t, ns, "pod", privileged)
	if got := clustertest.Exec(t, ns, "pod", "sh", "-c", "cat /proc/[0-9]*/environ | tr '\\0' '\\n' | sort -u"); !strings.Contains(got, "PATH=") || strings.Contains(got, userVariable) {
		t.Errorf("the variables of the node's processes are\n%s\nwant PATH in it, and not %s", got, userVariable)
	}
	if got := clustertest.Exec(t, ns, "pod", "sh", "-c", "ls -l /proc/[0-9]*/fd 2>/dev/null || true"); !strings.Contains(got, "/run/local/cluster/log/") || strings.Contains(got, userFile) {
		t.Errorf("the open files of the node's processes are\n%s\nwant a log in it, and not %s", got, userFile)
	}
	// The parents of an open folder or of a working directory end at the root of the node or of a container.
	got := clustertest.Exec(t, ns, "pod", "sh", "-c", fmt.Sprintf(`
for link in /proc/[0-9]*/cwd /proc/[0-9]*/root /proc/[0-9]*/fd/*; do
  if [ -d $link ] && cd -P $link 2>/dev/null && cd ../../../../../../../../../../../.. && [ -e .%s ]; then echo $link; fi
done`, clustertest.Root().State()))
	if got != "" {
		t.Errorf("the machine's files are reachable through\n%s", got)
	}
}

func TestContainerSeesOnlyTheNetworkOfItsNode(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	startPod(t, ns, "pod", on(layout.Node(2).Name(), privileged))
	seen := clustertest.Exec(t, ns, "pod", "sh", "-c", "ls -l /proc/[0-9]*/ns/net /proc/[0-9]*/task/*/ns/net /proc/[0-9]*/fd 2>/dev/null | grep -o 'net:\\[.*\\]' | sort -u")
	for name, c := range map[string]struct {
		network network
		seen    bool
	}{
		"the node":          {of(t, 2), true},
		"the other node":    {of(t, 1), false},
		"the control plane": {controlPlane(t), false},
		"the host":          {host(), false},
	} {
		namespace, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", c.network))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(seen, namespace) != c.seen {
			t.Errorf("the network of %s is %s, the container sees %q, want it among them: %t", name, namespace, strings.Fields(seen), c.seen)
		}
	}
}

func TestContainerSeesNoDevicesOfTheMachine(t *testing.T) {
	t.Parallel()
	ns := clustertest.Namespace(t)
	startPod(t, ns, "pod", on(layout.Node(2).Name(), privileged))
	if got := clustertest.Exec(t, ns, "pod", "find", "/dev", "/node/dev", "-type", "b"); got != "" {
		t.Errorf("it sees the block devices\n%s", got)
	}
	want := []string{"full", "fuse", "kmsg", "net/tun", "null", "pts/ptmx", "random", "tty", "urandom", "zero"}
	got := strings.Fields(clustertest.Exec(t, ns, "pod", "sh", "-c", "cd /node/dev && find * -type c | grep -v pts/[0-9] | sort"))
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("the node's devices are %q, want %q", got, want)
	}
	if got := clustertest.Exec(t, ns, "pod", "ls", "/node/sys/class/net"); !strings.Contains(got, "eth0") || strings.Contains(got, "office") {
		t.Errorf("the node's network devices are %q, want its own", got)
	}
	// Files that a program for the administration of a machine would write.
	for _, file := range []string{"/node/sys/kernel/mm/transparent_hugepage/enabled", "/node/sys/kernel/profiling", "/node/usr/bin/file"} {
		if _, err := clustertest.TryKubectl(t, "exec", "--namespace", ns, "pod", "--", "sh", "-c", "echo 0 > "+file); err == nil || !strings.Contains(err.Error(), "Read-only file system") {
			t.Errorf("writing to %s: %v, want a read-only file system", file, err)
		}
	}
}
