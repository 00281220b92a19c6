//go:build e2e

package faults

import (
	"fmt"
	"os"
	"testing"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

// A power cut discards all unsynced data and kills all processes at once.
func TestAcknowledgedDataSurvivesAPowerCut(t *testing.T) {
	d := newDisk(t, 2000)
	start(t)
	withDatabase := startDatabase(t)
	var rows *rows
	if withDatabase {
		rows = writeRows(t)
	}
	objects := writeObjects(t)
	clustertest.Await(t, "some objects and rows", func() error {
		if len(objects.acknowledged()) < 200 || withDatabase && rows.count() < 200 {
			return fmt.Errorf("there are only %d objects, or too few rows", len(objects.acknowledged()))
		}
		return nil
	})

	processes, first := clustertest.Processes(t), find(t, "/bin/cluster init ")
	d.cutPower(t)
	kill(t, first.PID)
	clustertest.AwaitNoneLeft(t, processes)
	d.unmount(t)
	d.mount(t)
	// Pretend that the machine has rebooted.
	if err := os.WriteFile(clustertest.Root().NodeState(1, "boot"), nil, 0o600); err != nil {
		t.Fatal(err)
	}

	since := time.Now()
	clustertest.Cluster(t, "up")
	awaitAnswer(t)
	t.Logf("an answer %.1f s after cluster up", time.Since(since).Seconds())
	objects.check(t)
	t.Logf("%d objects were acknowledged", len(objects.acknowledged()))
	if withDatabase {
		rows.check(t)
		t.Logf("%d rows were committed", rows.count())
	}
}
