//go:build e2e

package e2e

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// machine is what a cluster could leave behind on this machine.
type machine struct {
	processes, mounts, devices, cgroups, listeners, settings []string
}

func look(t *testing.T) machine {
	t.Helper()
	return machine{
		processes: clusterProcesses(t),
		mounts:    lines(t, "awk", "{print $5}", "/proc/self/mountinfo"),
		devices:   lines(t, "ls", "/sys/class/net"),
		cgroups:   cgroups(t),
		settings:  lines(t, "sh", "-c", "cd /proc/sys && grep -H . vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops"),
		listeners: lines(t, "sh", "-c", "ss -ltnH | awk '{print $4}' | grep -E ':(16443|15000)$|^127\\.80\\.' || true"),
	}
}

// sameAs fails the test for everything that is there now and was not before.
func (now machine) sameAs(t *testing.T, before machine) {
	t.Helper()
	for _, kind := range []struct {
		name        string
		now, before []string
	}{
		{"process", now.processes, before.processes},
		{"mount", now.mounts, before.mounts},
		{"network device", now.devices, before.devices},
		{"cgroup", now.cgroups, before.cgroups},
		{"listener", now.listeners, before.listeners},
		{"kernel setting", now.settings, before.settings},
	} {
		for _, left := range kind.now {
			if !slices.Contains(kind.before, left) {
				t.Errorf("%s left behind: %s", kind.name, left)
			}
		}
	}
}

// clusterProcesses are the command lines of the processes that belong to a cluster.
func clusterProcesses(t *testing.T) []string {
	t.Helper()
	var found []string
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, _ := os.ReadFile(file) // it may have ended since
		command := strings.Split(string(content), "\x00")
		switch name := filepath.Base(command[0]); {
		case strings.HasPrefix(name, "kube"), name == "etcd", name == "cluster", name == "entrypoint",
			strings.HasPrefix(name, "containerd") && strings.Contains(string(content), "/run/"):
			found = append(found, strings.Join(command, " "))
		}
	}
	return found
}

// kinds are the namespaces that the cluster has of its own.
var kinds = []string{"net", "mnt", "pid", "ipc", "uts"}

// namespacesOf are the namespaces of a process.
func namespacesOf(t *testing.T, pid int) []string {
	t.Helper()
	var found []string
	for _, kind := range kinds {
		namespace, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", pid, kind))
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, namespace)
	}
	return found
}

// noneIn fails the test for each process that is in one of the namespaces.
func noneIn(t *testing.T, namespaces []string) {
	t.Helper()
	for _, kind := range kinds {
		links, err := filepath.Glob("/proc/[0-9]*/ns/" + kind)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range links {
			namespace, err := os.Readlink(link)
			if err == nil && slices.Contains(namespaces, namespace) && !ended(link) {
				t.Errorf("namespace left behind: %s is %s", link, namespace)
			}
		}
	}
}

// ended says whether the process of a namespace link is a zombie: it holds nothing any more, and only waits for the
// machine's process 1 to take note.
func ended(link string) bool {
	stat, err := os.ReadFile(filepath.Join(filepath.Dir(filepath.Dir(link)), "stat"))
	return err != nil || strings.Contains(string(stat), ") Z ")
}

func cgroups(t *testing.T) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir("/sys/fs/cgroup", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && strings.Contains(path, "kubernetes-networking") {
			found = append(found, path)
		}
		return nil // folders of other programs come and go
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func lines(t *testing.T, command string, args ...string) []string {
	t.Helper()
	output, err := exec.Command(command, args...).Output()
	if err != nil {
		t.Fatalf("%s %v: %v", command, args, err)
	}
	return strings.Fields(string(output))
}
