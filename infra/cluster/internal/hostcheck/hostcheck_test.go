package hostcheck

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

func asRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
}

// TestKernelOfThisMachineSuffices runs the real kernel checks on this machine.
func TestKernelOfThisMachineSuffices(t *testing.T) {
	asRoot(t)
	machine := Machine{Root: layout.Root(t.TempDir())}
	findings := append(kernel(machine), controlGroups(machine)...)
	if err := Failures(findings); err != nil {
		t.Error(err)
	}
	for _, check := range []string{
		"kernel", "namespaces", "overlay", "bridge", "veth pair", "bridge filter", "connection table", "rules for Services",
		"rules for policies", "cgroups",
	} {
		if !slices.ContainsFunc(findings, func(f Finding) bool { return f.Check == check }) {
			t.Errorf("%s was not checked", check)
		}
	}
	for _, list := range [][]string{
		{"ip", "link", "show", "bridge0"},
		{"ip", "link", "show", "veth0"},
		{"nft", "list", "table", "ip", "probe"},
		{"nft", "list", "table", "ip", "probe-policies"},
	} {
		if out, err := exec.Command(list[0], list[1:]...).CombinedOutput(); err == nil {
			t.Errorf("%q shows an object left on the host: %s", list, out)
		}
	}
	if left, err := filepath.Glob(fmt.Sprintf("/sys/fs/cgroup/*/kubernetes-networking-probe-%d", os.Getpid())); err != nil || len(left) > 0 {
		t.Errorf("cgroups left behind: %q, %v", left, err)
	}
}

func TestRefusedRuleIsReportedWithItsKernelOption(t *testing.T) {
	asRoot(t)
	var err error
	if inNamespaces(func() { err = feed("table ip probe { chain c { no such rule; }; }", "nft", "-f", "-") }) != nil || err == nil {
		t.Fatal("nft accepted an invalid rule")
	}
	got := feature("rules for Services", "CONFIG_NF_TABLES", err)
	if got.Result != Failed || !strings.HasPrefix(got.Found, "no rules for Services in this kernel: nft: ") || got.Remedy != "use a kernel with CONFIG_NF_TABLES" {
		t.Errorf("the finding is %+v", got)
	}
}

func TestMissingProgramIsNotAFaultOfTheKernel(t *testing.T) {
	asRoot(t)
	t.Setenv("PATH", t.TempDir())
	if err := Failures(kernel(Machine{Root: layout.Root(t.TempDir())})); err != nil {
		t.Errorf("the kernel is blamed: %v", err)
	}
	err := Check(layout.Root(t.TempDir()))
	for _, want := range []string{"runc is missing on this machine", "nft is missing on this machine", "make tools"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q in it", err, want)
		}
	}
}

func TestUnbuiltProgramsAreNotReportedBeforeTheBuild(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	machine := Machine{Root: "/no/such/folder", Unbuilt: true}
	if err := Failures(append(programs(machine), binaries(machine)...)); err != nil {
		t.Errorf("got %v, want no failure", err)
	}
}

func TestMissingBinariesAreReportedWithMakeTools(t *testing.T) {
	err := Failures(binaries(Machine{Root: "/no/such/folder"}))
	if want := "/no/such/folder/bin/cluster is not built: run `make tools`"; err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
}

func TestTakenAddressIsReportedWithAWayToFindItsProcess(t *testing.T) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	taken := listener.Addr().String()
	_, port, _ := net.SplitHostPort(taken)
	want := Finding{
		"registry's address", Failed, taken + " is in use by another program",
		"find it with `ss -ltnp 'sport = :" + port + "'`, stop it and try again",
	}
	if got := address("registry's address", taken, Failed); got != want {
		t.Errorf("the finding is %+v, want %+v", got, want)
	}
}

func TestRunningClusterMayHoldItsAddresses(t *testing.T) {
	findings := addresses(Machine{Running: 4711})
	if err := Failures(findings); err != nil || len(findings) != 3 {
		t.Errorf("%d findings, %v, want three without a failure", len(findings), err)
	}
	if found := findings[2].Found; !strings.Contains(found, "127.80.0.1:80") || !strings.Contains(found, "0.0.0.0:80") {
		t.Errorf("the LoadBalancer's address is %q, want the consequence for other programs", found)
	}
}

func TestStateFolderThatOtherUsersCanReadFails(t *testing.T) {
	machine := Machine{Root: layout.Root(t.TempDir())}
	for mode, want := range map[os.FileMode]Result{0o700: OK, 0o755: Failed, 0o710: Failed} {
		if err := errors.Join(os.MkdirAll(machine.Root.State(), mode), os.Chmod(machine.Root.State(), mode)); err != nil {
			t.Fatal(err)
		}
		if got := state(machine); got[0].Result != want {
			t.Errorf("mode %o: %+v, want %s", mode, got, want)
		}
	}
}

func TestFileInPlaceOfTheStateFolderFails(t *testing.T) {
	machine := Machine{Root: layout.Root(t.TempDir())}
	if err := os.WriteFile(machine.Root.State(), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	want := machine.Root.State() + " is not a folder, and the cluster keeps its state there: move it away"
	if err := Failures(state(machine)); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestStateFolderOfAnotherVersionFailsWithTheErrorOfUp(t *testing.T) {
	machine := Machine{Root: layout.Root(t.TempDir())}
	if err := os.MkdirAll(machine.Root.State("etcd"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{"", "2", "99", "damaged"} {
		if content != "" {
			if err := os.WriteFile(machine.Root.State("version"), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want := machine.Root.ClaimVersion()
		if got := Failures(state(machine)); got == nil || want == nil || got.Error() != want.Error() {
			t.Errorf("with the version %q: %v, want %v", content, got, want)
		}
	}
}

func TestStateFolderIsReportedWithItsVersionAndTheRunningCluster(t *testing.T) {
	machine := Machine{Root: layout.Root(t.TempDir())}
	folder := machine.Root.State()
	if got, want := state(machine)[0].Found, folder+" will be created"; got != want {
		t.Errorf("without one: %q, want %q", got, want)
	}
	if err := errors.Join(os.Mkdir(folder, 0o700), os.WriteFile(machine.Root.State("kubeadm.yaml"), []byte("a: b\nkubernetesVersion: v1.37.2\nc: d\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if got, want := state(machine)[0].Found, folder+", Kubernetes v1.37.2, no cluster runs"; got != want {
		t.Errorf("at rest: %q, want %q", got, want)
	}
	machine.Running = 4711
	if got, want := state(machine)[0].Found, folder+", Kubernetes v1.37.2, a cluster runs as process 4711"; got != want {
		t.Errorf("running: %q, want %q", got, want)
	}
}

func TestTooLittleMemoryFailsAndLittleWarns(t *testing.T) {
	for free, want := range map[int64]Finding{
		999:  {"memory", Failed, "this machine has 999 MB of memory free, and the cluster needs 1000", "end programs"},
		1499: {"memory", Warning, "this machine has 1499 MB of memory free, and the demo needs 1500", "end programs"},
		1500: {"memory", OK, "this machine has 1500 MB of memory free", ""},
	} {
		if got := enough("memory", "this machine", free, 1000, 1500, "end programs"); got != want {
			t.Errorf("%d MB: %+v, want %+v", free, got, want)
		}
	}
	if got := availableMemory([]byte("MemTotal:  8000000 kB\nMemFree:  100000 kB\nMemAvailable:    4096000 kB\n")); got != 4000 {
		t.Errorf("%d MB are available, want 4000", got)
	}
}

func TestTooFewFileWatchersFail(t *testing.T) {
	if got := watchers(19, 20); got.Result != Failed || !strings.Contains(got.Found, "19 more instances of inotify, and the cluster needs 20") || !strings.Contains(got.Remedy, "fs.inotify.max_user_instances") {
		t.Errorf("one too few: %+v", got)
	}
	if got := watchers(20, 20); got.Result != OK {
		t.Errorf("just enough: %+v", got)
	}
}

func TestTableListsFindingsAndThenRemedies(t *testing.T) {
	var table strings.Builder
	err := WriteTable(&table, []Finding{
		{"root", OK, "", ""},
		{"overlay", Warning, "cannot mount an overlay", "use ext4"},
		{"nft", Failed, "nft is missing on this machine", "`dnf install nftables`"},
	})
	want := `CHECK     RESULT    FOUND
root      ok        
overlay   warning   cannot mount an overlay
nft       failed    nft is missing on this machine

overlay   warning   use ext4
nft       failed    ` + "`dnf install nftables`\n"
	if err != nil || table.String() != want {
		t.Errorf("%v, the table is\n%s\nwant\n%s", err, table.String(), want)
	}
}

func BenchmarkCheck(b *testing.B) {
	for b.Loop() {
		_ = Check(layout.Root(b.TempDir()))
	}
}
