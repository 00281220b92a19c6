package hostcheck

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, folder string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTooLowTaskLimitOfTheKernelIsReported(t *testing.T) {
	proc := t.TempDir()
	write(t, proc, map[string]string{"loadavg": "0.10 0.20 0.30 2/500 4711\n", "sys/kernel/pid_max": "1499\n", "sys/kernel/threads-max": "90000\n"})
	got := taskRoom(kernelTasks(proc), 1000)
	if len(got) != 1 || got[0].Result != Failed || !strings.Contains(got[0].Found, "kernel.pid_max allows 999 more") || !strings.Contains(got[0].Remedy, "sysctl kernel.pid_max=") {
		t.Errorf("one too few: %+v", got)
	}
	write(t, proc, map[string]string{"sys/kernel/pid_max": "1500\n"})
	if got := taskRoom(kernelTasks(proc), 1000); got[0].Result != OK {
		t.Errorf("just enough: %+v", got)
	}
}

func TestTooLowTaskLimitOfACgroupIsReported(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"v2": {
			"self": "0::/user.slice/user-0.slice/session-1.scope\n",
			"cgroup/user.slice/user-0.slice/session-1.scope/pids.max": "max\n", "cgroup/user.slice/user-0.slice/session-1.scope/pids.current": "20\n",
			"cgroup/user.slice/user-0.slice/pids.max": "1019\n", "cgroup/user.slice/user-0.slice/pids.current": "20\n",
		},
		"v1": {
			"self": "8:pids:/user.slice/user-0.slice\n4:memory:/other\n",
			"cgroup/pids/user.slice/user-0.slice/pids.max": "1019\n", "cgroup/pids/user.slice/user-0.slice/pids.current": "20\n",
		},
	} {
		folder := t.TempDir()
		write(t, folder, files)
		got := taskRoom(cgroupTasks(filepath.Join(folder, "cgroup"), filepath.Join(folder, "self")), 1000)
		if len(got) != 1 || got[0].Result != Failed || !strings.Contains(got[0].Found, "/user.slice/user-0.slice allows 999 more") || !strings.Contains(got[0].Remedy, "user-0.slice TasksMax=") {
			t.Errorf("cgroup %s: %+v, want a failure that names user-0.slice", name, got)
		}
	}
}

func TestThisMachineAllowsMoreTasks(t *testing.T) {
	for _, s := range append(kernelTasks("/proc"), cgroupTasks("/sys/fs/cgroup", "/proc/self/cgroup")...) {
		if s.free == 0 {
			t.Errorf("%s allows no more processes, but this test runs", s.name)
		}
	}
	if len(kernelTasks("/proc")) != 2 {
		t.Error("the kernel's limits were not read")
	}
}
