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

// The environment variable ROUNDS sets the number of rounds, 3 by default.
func TestRoundsOfUpAndDeleteLeaveNothingOnTheMachine(t *testing.T) {
	rounds := 3
	if given := os.Getenv("ROUNDS"); given != "" {
		var err error
		if rounds, err = strconv.Atoi(given); err != nil {
			t.Fatalf("ROUNDS=%s is not a number", given)
		}
	}
	start(t) // loads kernel modules, which stay loaded
	clustertest.Cluster(t, "delete")
	before := clustertest.InspectMachine(t)
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
		t.Logf("round %d: %.1f s until the first answer, %.1f s to delete", round+1, up.Seconds(), time.Since(since).Seconds())
		clustertest.AwaitNoneLeft(t, processes)
		for _, pattern := range []string{"/sys/fs/cgroup" + cgroup, "/sys/fs/cgroup/*" + cgroup} {
			if left, _ := filepath.Glob(pattern); len(left) > 0 {
				t.Errorf("cgroups left behind: %v", left)
			}
		}
		if _, err := os.Stat(clustertest.Root().State()); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the state folder still exists (%v)", err)
		}
		clustertest.InspectMachine(t).SameAs(t, before)
	}
}
