package hostcheck

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"testing"
)

// TestMain prints the findings instead of running tests when the test below starts this program with fewer
// capabilities.
func TestMain(m *testing.M) {
	if os.Getenv("HOSTCHECK_PRINT") == "" {
		os.Exit(m.Run())
	}
	if err := json.NewEncoder(os.Stdout).Encode(Examine(Machine{Root: "/no/such/folder", Versions: true})); err != nil {
		panic(err)
	}
}

func TestMissingCapabilityIsReportedAndNotTheKernel(t *testing.T) {
	asRoot(t)
	for _, c := range []struct {
		capability, check string
		want              Result
		kernel            bool // the kernel is checked nevertheless
	}{
		{"sys_admin", "CAP_SYS_ADMIN", Failed, false},
		{"net_admin", "CAP_NET_ADMIN", Failed, false},
		{"sys_ptrace", "CAP_SYS_PTRACE", Failed, false},
		{"sys_resource", "CAP_SYS_RESOURCE", Warning, true},
	} {
		command := exec.CommandContext(t.Context(), "setpriv", "--bounding-set", "-"+c.capability, "--inh-caps", "-"+c.capability, os.Args[0])
		command.Env = append(os.Environ(), "HOSTCHECK_PRINT=yes")
		out, err := command.Output()
		if err != nil {
			t.Fatal(err)
		}
		var findings []Finding
		if err := json.Unmarshal(out, &findings); err != nil {
			t.Fatal(err)
		}
		named := func(check string) func(Finding) bool { return func(f Finding) bool { return f.Check == check } }
		i := slices.IndexFunc(findings, named(c.check))
		if i < 0 || findings[i].Result != c.want || findings[i].Remedy == "" {
			t.Errorf("without %s: %+v, want %s: %s and a remedy", c.capability, findings, c.check, c.want)
		}
		if slices.ContainsFunc(findings, named("bridge")) != c.kernel {
			t.Errorf("without %s: the kernel is checked: %t, want %t", c.capability, !c.kernel, c.kernel)
		}
	}
}
