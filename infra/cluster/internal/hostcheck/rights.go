package hostcheck

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

const (
	needsRoot    = "the embedded cluster needs root"
	onTheMachine = "run it on the machine itself, "
	becomeIt     = `run it again with sudo, or point a stack of your own at another cluster (see "Your own cluster" in infra/README.md)`
)

// CheckRoot returns an error unless the caller is root.
func CheckRoot() error {
	if os.Geteuid() != 0 {
		return errors.New(needsRoot + ": " + becomeIt)
	}
	return nil
}

// capabilities lists the capabilities that root in a container usually lacks and the cluster fails without.
var capabilities = []struct {
	name   string
	number uint
	result Result // if it is missing
	use    string
}{
	{"CAP_SYS_ADMIN", unix.CAP_SYS_ADMIN, Failed, "it creates namespaces and mounts"},
	{"CAP_NET_ADMIN", unix.CAP_NET_ADMIN, Failed, "it creates bridges and packet filters"},
	{"CAP_SYS_PTRACE", unix.CAP_SYS_PTRACE, Failed, "it lets containers enter the namespaces of their Pod"},
	{"CAP_SYS_RESOURCE", unix.CAP_SYS_RESOURCE, Warning, "without it the kernel may kill the cluster before a Pod when memory is short"},
}

func rights(Machine) []Finding {
	if os.Geteuid() != 0 {
		return []Finding{{"root", Failed, needsRoot, becomeIt}}
	}
	findings := []Finding{{Check: "root", Result: OK}}
	var held [2]unix.CapUserData // one word for 32 capabilities
	if err := unix.Capget(&unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, &held[0]); err != nil {
		return append(findings, Finding{"capabilities", Failed, err.Error(), onTheMachine + "not in a container"})
	}
	for _, c := range capabilities {
		if held[c.number/32].Effective&(1<<(c.number%32)) != 0 {
			findings = append(findings, Finding{Check: c.name, Result: OK})
			continue
		}
		findings = append(findings, Finding{
			c.name, c.result, "root lacks " + c.name + ": " + c.use,
			onTheMachine + "or give the container it runs in that capability",
		})
	}
	return append(findings, kernelLog())
}

// kernelLog opens the kernel's log: the kubelet does not start without it.
func kernelLog() Finding {
	log, err := os.Open("/dev/kmsg")
	if err != nil {
		return Finding{
			"kernel log", Failed, "cannot read the kernel's log: " + err.Error(),
			onTheMachine + "or give the container it runs in /dev/kmsg and CAP_SYSLOG",
		}
	}
	log.Close()
	return Finding{Check: "kernel log", Result: OK}
}
