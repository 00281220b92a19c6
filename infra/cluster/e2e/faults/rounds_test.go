//go:build e2e

package faults

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

// ROUNDS=10 in the environment makes it ten rounds, instead of three.
func TestRoundsOfUpAndDeleteLeaveTheMachineAsItWas(t *testing.T) {
	rounds := 3
	if given := os.Getenv("ROUNDS"); given != "" {
		var err error
		if rounds, err = strconv.Atoi(given); err != nil {
			t.Fatalf("ROUNDS=%s is no number", given)
		}
	}
	start(t) // kernel modules that it loads stay
	clustertest.Cluster(t, "delete")
	before := clustertest.LookAtMachine(t)
	for round := range rounds {
		since := time.Now()
		start(t)
		processes := clustertest.Processes(t)
		cgroup, err := clustertest.Root().Cgroup()
		if err != nil {
			t.Fatal(err)
		}
		up := time.Since(since)
		since = time.Now()
		clustertest.Cluster(t, "delete")
		t.Logf("round %d: %.1f s until it answers, %.1f s to delete it", round+1, up.Seconds(), time.Since(since).Seconds())
		clustertest.AwaitNoneLeft(t, processes)
		for _, pattern := range []string{"/sys/fs/cgroup" + cgroup, "/sys/fs/cgroup/*" + cgroup} {
			if left, _ := filepath.Glob(pattern); len(left) > 0 {
				t.Errorf("cgroups left behind: %v", left)
			}
		}
		if _, err := os.Stat(clustertest.Root().State()); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the state folder: %v, want that there is none", err)
		}
		clustertest.LookAtMachine(t).SameAs(t, before)
	}
}
