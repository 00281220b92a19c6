package hostcheck

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// built lists the programs that `make tools` builds.
var built = []string{
	"cluster", "cni/bridge", "cni/host-local", "cni/loopback", "cni/network-policies", "cni/portmap", "containerd", "containerd-shim-runc-v2",
	"coredns", "etcd", "kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler", "kubeadm", "kubelet",
	"kubernetes", "pause",
}

func binaries(m Machine) []Finding {
	if m.Unbuilt {
		return nil
	}
	for _, name := range built {
		if _, err := os.Stat(m.Root.Bin(name)); err != nil {
			return []Finding{{"built programs", Failed, m.Root.Bin(name) + " is not built", "run `make tools`"}}
		}
	}
	found := m.Root.Bin("")
	if m.Versions {
		out, err := exec.Command(m.Root.Bin("kubelet"), "--version").Output()
		if err != nil {
			return []Finding{{
				"built programs", Failed, fmt.Sprintf("%s does not run: %v", m.Root.Bin("kubelet"), err), "run `make clean tools`",
			}}
		}
		found += ", " + strings.TrimSpace(string(out))
	}
	return []Finding{{Check: "built programs", Result: OK, Found: found}}
}
