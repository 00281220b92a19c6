package clustertest

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Machine lists the objects that a cluster could leave behind on the machine, by kind. Processes, cgroups and files are
// not included.
type Machine map[string][]string

// InspectMachine lists the machine's objects, in the namespaces of the tests.
func InspectMachine(t testing.TB) Machine {
	t.Helper()
	settings := lines(t, "sysctl", "--all", "--ignore")
	return Machine{
		"mount":          lines(t, "findmnt", "--list", "--noheadings", "--output=TARGET,FSTYPE"),
		"network device": lines(t, "ip", "-brief", "link"),
		"address":        lines(t, "ip", "-brief", "address"),
		"route":          lines(t, "ip", "route", "show", "table", "all"),
		"rule":           lines(t, "ip", "rule"),
		"nftables rule":  lines(t, "nft", "list", "ruleset"), // includes the rules of iptables
		"port":           lines(t, "ss", "--no-header", "--numeric", "--listening", "--tcp", "--udp", "--raw"),
		"kernel setting": slices.DeleteFunc(settings, counters.MatchString),
	}
}

// counters matches the kernel's settings that change on their own.
var counters = regexp.MustCompile(`^(kernel\.perf_event_max_sample_rate|fs\.(dentry-state|file-nr|inode-nr|inode-state|aio-nr|quota\.)|kernel\.(random\.|ns_last_pid|pty\.nr)|net\.netfilter\.nf_conntrack_count)`)

// SameAs fails the test for each object that before does not contain.
func (m Machine) SameAs(t testing.TB, before Machine) {
	t.Helper()
	for kind, now := range m {
		for _, line := range now {
			if !slices.Contains(before[kind], line) {
				t.Errorf("%s left behind: %s", kind, line)
			}
		}
	}
}

func lines(t testing.TB, command string, args ...string) []string {
	t.Helper()
	output, err := exec.Command(command, args...).Output()
	if err != nil {
		t.Fatalf("%s %v: %v", command, args, err)
	}
	return strings.Split(strings.TrimSpace(string(output)), "\n")
}
