//go:build e2e

package faults

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

func TestKilledContainersAreRestarted(t *testing.T) {
	start(t)
	// Use new Pods, because the kubelet delays further restarts of a container.
	clustertest.Kubectl(t, "delete", "pods", "--all", "--now")
	awaitAnswer(t)
	for _, c := range []struct {
		what, command string
		victim        func(container clustertest.Process) int
	}{
		{"a container's process", "httpd -f", func(container clustertest.Process) int { return container.PID }},
		{"a container's shim", "sleep infinity", func(container clustertest.Process) int { return container.Parent }},
	} {
		t.Run(c.what, func(t *testing.T) {
			before := find(t, c.command)
			kill(t, c.victim(before))
			since := time.Now()
			clustertest.Await(t, "a new container", func() error {
				for _, p := range clustertest.Processes(t) {
					if strings.HasPrefix(p.Command, c.command) && p.PID != before.PID {
						return nil
					}
				}
				return errors.New("no new process yet")
			})
			awaitAnswer(t)
			t.Logf("an answer after %.1f s", time.Since(since).Seconds())
			find(t, c.command) // checks that the old container has ended
		})
	}
}

func TestKilledComponentsAreRestarted(t *testing.T) {
	start(t)
	for _, c := range []struct{ component, command string }{
		{"registry", "/bin/cluster registry "},
		{"etcd", "/bin/etcd "},
		{"kube-apiserver", "/bin/kube-apiserver "},
		{"kube-controller-manager", "/bin/kube-controller-manager "},
		{"kube-scheduler", "/bin/kube-scheduler "},
		{"load-balancer", "/bin/cluster load-balancer "},
		{"provisioner", "/bin/cluster provisioner "},
		{"demo/containerd", "containerd --config "},
		{"demo/kubelet", "/bin/kubelet "},
		{"demo/kube-proxy", "/bin/kube-proxy "},
		{"demo/pod-network", "/bin/cluster pod-network "},
		{"demo", "supervise-node "}, // process 1 of a node ends with its supervisor
		{"demo", "init-node "},
	} {
		t.Run(strings.Trim(c.command, "/ "), func(t *testing.T) {
			before := component(t, c.component)
			since := time.Now()
			kill(t, find(t, c.command).PID)
			clustertest.Await(t, c.component+" with a new process", func() error {
				now := component(t, c.component)
				if now.State != supervisor.Ready || now.PID == before.PID {
					return fmt.Errorf("it is %s as process %d", now.State, now.PID)
				}
				return nil
			})
			ready := time.Since(since)
			clustertest.Cluster(t, "up") // waits for everything that ended with it
			awaitAnswer(t)
			t.Logf("ready after %.1f s, an answer after %.1f s", ready.Seconds(), time.Since(since).Seconds())
		})
	}
}

func TestClusterEndsWithItsMainProcesses(t *testing.T) {
	for _, command := range []string{" supervise ", "/bin/cluster init "} {
		t.Run(strings.Trim(command, "/ "), func(t *testing.T) {
			start(t)
			processes := clustertest.Processes(t)
			kill(t, find(t, command).PID)
			since := time.Now()
			clustertest.AwaitNoneLeft(t, processes)
			t.Logf("%d processes have ended after %.1f s", len(processes), time.Since(since).Seconds())
			if _, err := clustertest.TryCluster(t, "status"); err == nil || !strings.Contains(err.Error(), "no cluster is running") {
				t.Errorf("cluster status: %v, want no running cluster", err)
			}
			since = time.Now()
			clustertest.Cluster(t, "up")
			awaitAnswer(t)
			t.Logf("an answer %.1f s after cluster up", time.Since(since).Seconds())
		})
	}
}

// find returns the only process of the cluster whose command line contains a text.
func find(t *testing.T, command string) clustertest.Process {
	t.Helper()
	processes := clustertest.Processes(t)
	var found []clustertest.Process
	for _, p := range processes {
		if strings.Contains(p.Command+" ", command) {
			found = append(found, p)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%q matches %v of %d processes, want one", command, found, len(processes))
	}
	return found[0]
}

func kill(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatalf("kill process %d: %v", pid, err)
	}
}

// component returns the status of a component of the control plane (NAME) or of a node (NODE/NAME).
func component(t *testing.T, name string) supervisor.ComponentStatus {
	t.Helper()
	path := clustertest.Root().State("status.json")
	own := name
	if node, rest, found := strings.Cut(name, "/"); found {
		number, err := layout.ParseNode(node)
		if err != nil {
			t.Fatal(err)
		}
		path, own = clustertest.Root().NodeState(number, "status.json"), rest
	}
	status, err := supervisor.ReadStatus(path)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(status.Components, func(c supervisor.ComponentStatus) bool { return c.Name == own })
	if i < 0 {
		t.Fatalf("there is no component %s", name)
	}
	return status.Components[i]
}
