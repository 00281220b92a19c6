//go:build e2e

package faults

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
	"example.com/kubernetes-networking/infra/cluster/internal/sandbox"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

// stopWithin limits the time of `cluster down` on a busy machine. On an idle one it takes less than 5 s.
const stopWithin = 15 * time.Second

// busy defines Pods that compute, write, and ignore SIGTERM.
const busy = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: busy}
spec:
  replicas: 2
  selector: {matchLabels: {app: busy}}
  template:
    metadata: {labels: {app: busy}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: computes
          image: 127.0.0.1:15000/busybox
          command: [sh, -c, "trap '' TERM; while :; do :; done"]
          resources: {limits: {cpu: 300m}}
        - name: writes
          image: 127.0.0.1:15000/busybox
          command: [sh, -c, "trap '' TERM; while :; do dd if=/dev/zero of=/data/file bs=1M count=16 conv=fsync 2>/dev/null; done"]
          resources: {limits: {cpu: 300m}}
          volumeMounts: [{name: data, mountPath: /data}]
      volumes: [{name: data, emptyDir: {}}]
`

func TestConcurrentDownStopsBusyPods(t *testing.T) {
	start(t)
	clustertest.Apply(t, "default", busy)
	clustertest.Kubectl(t, "rollout", "status", "deployment/busy", "--timeout=60s")
	processes := clustertest.Processes(t)
	first, second := run("down"), run("down")
	for _, down := range []*command{first, second} {
		if err := down.wait(); err != nil {
			t.Errorf("one of two concurrent commands: %v", err)
		}
		t.Logf("cluster down took %.1f s", down.took.Seconds())
		if down.took > stopWithin {
			t.Errorf("cluster down took %s, want at most %s", down.took, stopWithin)
		}
	}
	clustertest.AwaitNoneLeft(t, processes)
	if output := clustertest.Cluster(t, "down"); output != "no cluster is running\n" {
		t.Errorf("the third command prints %q", output)
	}

	clustertest.Cluster(t, "up")
	clustertest.Kubectl(t, "delete", "deployment", "busy")
	awaitAnswer(t)
}

func TestConcurrentUpStartsOneCluster(t *testing.T) {
	clustertest.Cluster(t, "down")
	first, second := run("up"), run("up")
	for _, up := range []*command{first, second} {
		if err := up.wait(); err != nil || !strings.Contains(up.stdout.String(), "cluster is ready") {
			t.Errorf("one of two concurrent commands: %v, %s", err, up.stdout.String())
		}
	}
	find(t, "/bin/cluster init ")
}

func TestConcurrentDeleteSucceeds(t *testing.T) {
	start(t)
	processes := clustertest.Processes(t)
	first, second := run("delete"), run("delete")
	for _, remove := range []*command{first, second} {
		if err := remove.wait(); err != nil {
			t.Errorf("one of two concurrent commands: %v", err)
		}
	}
	clustertest.AwaitNoneLeft(t, processes)
	if _, err := os.Stat(clustertest.Root().State()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the state folder still exists (%v)", err)
	}
}

func TestInterruptedStartLeavesNothing(t *testing.T) {
	stopped := regexp.MustCompile(`^cluster: the cluster was stopped while it was starting\n$`)
	interrupted := regexp.MustCompile(`^cluster: interrupted\n$`)
	byCommand := func(name string) func(*command) error {
		return func(*command) error { return run(name).wait() }
	}
	bySignal := func(up *command) error { return up.cmd.Process.Signal(syscall.SIGINT) }
	for _, c := range []struct {
		by        string
		interrupt func(up *command) error
		message   *regexp.Regexp
	}{
		{"down", byCommand("down"), stopped},
		{"delete", byCommand("delete"), stopped},
		{"Ctrl-C", bySignal, interrupted},
	} {
		for _, at := range []struct {
			when    string
			reached func() error
		}{
			{"at its beginning", begun},
			{"while it waits for the API server", waitsFor("the API server")},
			{"while it waits for the nodes", waitsFor("the nodes")},
		} {
			t.Run(c.by+" "+at.when, func(t *testing.T) {
				clustertest.Cluster(t, "down")
				up := run("up")
				clustertest.Await(t, "the start to be "+at.when, at.reached)
				processes := clustertest.Processes(t)
				since := time.Now()
				if err := c.interrupt(up); err != nil {
					t.Error(err)
				}
				if err := up.wait(); err == nil || !c.message.MatchString(up.stderr.String()) {
					t.Errorf("cluster up: %v, and it prints %q", err, up.stderr.String())
				}
				t.Logf("ended after %.1f s", time.Since(since).Seconds())
				clustertest.AwaitNoneLeft(t, processes)
				if output := clustertest.Cluster(t, "down"); output != "no cluster is running\n" {
					t.Errorf("cluster down prints %q", output)
				}
			})
		}
	}
	start(t) // works after any interruption
}

// begun returns nil once the cluster has a process 1.
func begun() error {
	pid, err := sandbox.PID(clustertest.Root())
	if err == nil && pid == 0 {
		err = errors.New("there is no process 1")
	}
	return err
}

func waitsFor(step string) func() error {
	return func() error {
		status, err := supervisor.ReadStatus(clustertest.Root().State("status.json"))
		if err == nil && status.Waiting != step {
			err = fmt.Errorf("it waits for %s", status.Waiting)
		}
		return err
	}
}
