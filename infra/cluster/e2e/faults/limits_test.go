//go:build e2e

package faults

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/prometheus/procfs"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

// upWithLimit starts the cluster from a shell with a limit on open files. Without CAP_SYS_RESOURCE the cluster cannot
// exceed a hard limit.
func upWithLimit(t *testing.T, ulimit string) error {
	t.Helper()
	script := fmt.Sprintf("ulimit %s; exec %q up --root %q", ulimit, clustertest.Root().Bin("cluster"), string(clustertest.Root()))
	output, err := exec.CommandContext(t.Context(), "setpriv", "--bounding-set=-sys_resource", "bash", "-c", script).CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, output)
	}
	return err
}

func TestClusterRaisesTheSoftLimitOfOpenFiles(t *testing.T) {
	clustertest.Cluster(t, "down") // an earlier test may have left it running
	if err := upWithLimit(t, "-S -n 1024"); err != nil {
		t.Fatal(err)
	}
	processes := clustertest.Processes(t)
	for _, p := range processes {
		process, err := procfs.NewProc(p.PID)
		if err != nil {
			continue // it has exited
		}
		if limits, err := process.Limits(); err == nil && limits.OpenFiles < 4096 {
			t.Errorf("%s can open %d files, want at least 4096", p.Command, limits.OpenFiles)
		}
	}
	if len(processes) < 10 {
		t.Errorf("the cluster has %d processes, want at least 10", len(processes))
	}
}

func TestClusterIsNotStartedWithATooLowHardLimit(t *testing.T) {
	clustertest.Cluster(t, "down")
	err := upWithLimit(t, "-n 1024")
	if err == nil {
		t.Fatal("the cluster started with a hard limit of 1024 open files")
	}
	for _, want := range []string{"1024 open files", "ulimit -H -n", "LimitNOFILE"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %s: %v", want, err)
		}
	}
}

// Beside a busy machine's processes, each of which counts as 1024 (cgroup v1) or 100 (v2), Pods must not starve.
func TestPodsHaveTheCPUWeightOfEightProcesses(t *testing.T) {
	start(t)
	cgroup, err := clustertest.Root().Cgroup()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/sys/fs/cgroup/cpu" + cgroup + "/cpu.shares": "8192",
		"/sys/fs/cgroup" + cgroup + "/cpu.weight":     "800",
	} {
		got, err := os.ReadFile(path)
		if err != nil {
			continue // of the other version of cgroups
		}
		if strings.TrimSpace(string(got)) != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
		return
	}
	t.Error("the cgroup of the Pods has no CPU weight in cgroup v1 or v2")
}
