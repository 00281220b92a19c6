//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// machine is the part of this machine's state that a cluster changes outside its own folder and namespaces.
type machine struct {
	mounts, devices, listeners, settings []string
}

func inspectMachine(t *testing.T) machine {
	t.Helper()
	return machine{
		mounts:    fields(t, "awk", "{print $5}", "/proc/self/mountinfo"),
		devices:   fields(t, "ls", "/sys/class/net"),
		settings:  fields(t, "sh", "-c", "cd /proc/sys && grep -H . vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops"),
		listeners: fields(t, "sh", "-c", "ss -ltnH | awk '{print $4}' | grep -E ':(16443|15000)$|^127\\.80\\.' || true"),
	}
}

// hasNothingNew fails the test for each entry that m has and before has not.
func (m machine) hasNothingNew(t *testing.T, before machine) {
	t.Helper()
	for _, kind := range []struct {
		name        string
		now, before []string
	}{
		{"mount", m.mounts, before.mounts},
		{"network device", m.devices, before.devices},
		{"listener", m.listeners, before.listeners},
		{"kernel setting", m.settings, before.settings},
	} {
		for _, entry := range kind.now {
			if !slices.Contains(kind.before, entry) {
				t.Errorf("%s left behind: %s", kind.name, entry)
			}
		}
	}
}

// processes returns the command lines of the processes that belong to this checkout's cluster. Clusters of other
// checkouts do not count. A process belongs to it if its command names the folder, or if it has a mount from the
// folder: the control plane and the nodes mount their state, and containers mount files such as /etc/hosts.
func (c *checkout) processes(t *testing.T) []string {
	t.Helper()
	device, root := c.origin(t)
	paths, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, path := range paths {
		// Both files are empty or unreadable if the process has ended.
		command, _ := os.ReadFile(filepath.Join(path, "cmdline"))
		mounts, _ := os.ReadFile(filepath.Join(path, "mountinfo"))
		if bytes.Contains(command, []byte(c.dir+"/")) || slices.ContainsFunc(parseMounts(mounts), func(m mount) bool {
			return m.device == device && (m.root == root || strings.HasPrefix(m.root, root+"/"))
		}) {
			found = append(found, string(bytes.ReplaceAll(command, []byte{0}, []byte(" "))))
		}
	}
	return found
}

// origin returns the file system that holds the checkout, and the path of the checkout from the root of that file
// system. Every mount of one of its folders has these, wherever it is mounted.
func (c *checkout) origin(t *testing.T) (device, path string) {
	t.Helper()
	content, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	point := ""
	for _, m := range parseMounts(content) {
		relative, err := filepath.Rel(m.point, c.dir)
		if err == nil && relative != ".." && !strings.HasPrefix(relative, "../") && len(m.point) >= len(point) {
			device, path, point = m.device, filepath.Join(m.root, relative), m.point
		}
	}
	return device, path
}

// mount is a line of a mountinfo file (man 5 proc_pid_mountinfo). root is the mounted folder's path in its file system.
type mount struct{ device, root, point string }

func parseMounts(mountinfo []byte) []mount {
	var mounts []mount
	for lines := bufio.NewScanner(bytes.NewReader(mountinfo)); lines.Scan(); {
		if f := strings.Fields(lines.Text()); len(f) > 4 {
			mounts = append(mounts, mount{device: f[2], root: f[3], point: f[4]})
		}
	}
	return mounts
}

// clusterTraces are the kernel's objects that belong to one running cluster.
type clusterTraces struct {
	namespaces []string
	cgroup     *regexp.Regexp
}

// namespaceKinds are the namespaces that the cluster creates.
var namespaceKinds = []string{"pid", "mnt", "net", "ipc", "uts"}

// traces returns the namespaces of the cluster's first process, and the name of the cgroup that holds its Pods, which
// ends in the inode of its state folder.
func (s *scenario) traces(t *testing.T) clusterTraces {
	t.Helper()
	info, err := os.Stat(s.path(".local", "cluster"))
	if err != nil {
		t.Fatal(err)
	}
	inode := info.Sys().(*syscall.Stat_t).Ino
	traces := clusterTraces{cgroup: regexp.MustCompile(fmt.Sprintf(`/kubernetes-networking-\d+-\d+-%d(/|$)`, inode))}
	if len(traces.cgroups(t)) == 0 {
		t.Errorf("the running cluster has no cgroup that matches %s", traces.cgroup)
	}
	pid := s.pid(t)
	for _, kind := range namespaceKinds {
		namespace, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", pid, kind))
		if err != nil {
			t.Fatal(err)
		}
		traces.namespaces = append(traces.namespaces, namespace)
	}
	return traces
}

// areGone fails the test for each process in one of the namespaces, and for each cgroup.
func (c clusterTraces) areGone(t *testing.T) {
	t.Helper()
	for _, kind := range namespaceKinds {
		links, err := filepath.Glob("/proc/[0-9]*/ns/" + kind)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range links {
			namespace, err := os.Readlink(link)
			if err == nil && slices.Contains(c.namespaces, namespace) && !isZombie(link) {
				t.Errorf("namespace left behind: %s is %s", link, namespace)
			}
		}
	}
	for _, path := range c.cgroups(t) {
		t.Errorf("cgroup left behind: %s", path)
	}
}

// isZombie reports whether the process of a namespace link has ended. A zombie holds no resources and waits for the
// machine's process 1 to collect it.
func isZombie(link string) bool {
	stat, err := os.ReadFile(filepath.Join(filepath.Dir(filepath.Dir(link)), "stat"))
	return err != nil || strings.Contains(string(stat), ") Z ")
}

func (c clusterTraces) cgroups(t *testing.T) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir("/sys/fs/cgroup", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && c.cgroup.MatchString(path) {
			found = append(found, path)
		}
		return nil // cgroups of other programs can disappear during the walk
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// fields runs a command and returns the words that it prints.
func fields(t *testing.T, command string, args ...string) []string {
	t.Helper()
	output, err := exec.Command(command, args...).Output()
	if err != nil {
		t.Fatalf("%s %v: %v", command, args, err)
	}
	return strings.Fields(string(output))
}
