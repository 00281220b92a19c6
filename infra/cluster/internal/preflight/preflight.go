// Package preflight finds, before anything is started, what would stop the cluster from running on this machine.
package preflight

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// CNIPluginDir is where Debian's containernetworking-plugins puts the plugins.
const CNIPluginDir = "/usr/lib/cni"

// packages names the Debian package that brings a command.
var packages = map[string]string{
	"containerd":              "containerd",
	"containerd-shim-runc-v2": "containerd",
	"runc":                    "runc",
	"iptables":                "iptables",
	"nft":                     "nftables",
	"ipset":                   "ipset",
	"conntrack":               "conntrack",
	"mount":                   "mount",
}

// Check returns everything that is missing on this machine, one sentence each, or nil.
func Check(root layout.Root) error {
	if os.Geteuid() != 0 {
		return errors.New("the embedded cluster needs root: run it again with sudo, or point a stack of your own at another cluster (see README, \"Your own cluster\")")
	}
	return errors.Join(checkKernel(), checkCommands(), checkBinaries(root))
}

// CheckPorts returns an error for each address of the host's loopback that the cluster needs and somebody else holds.
func CheckPorts() error {
	var errs []error
	for _, address := range []string{layout.APIAddress, layout.RegistryAddress} {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			_, port, _ := net.SplitHostPort(address)
			errs = append(errs, fmt.Errorf("%s is in use by another program: find it with `ss -ltnp 'sport = :%s'`, stop it and try again", address, port))
			continue
		}
		listener.Close()
	}
	return errors.Join(errs...)
}

func checkKernel() error {
	var errs []error
	for _, namespace := range []string{"mnt", "pid", "net", "ipc", "uts"} {
		if _, err := os.Stat("/proc/self/ns/" + namespace); err != nil {
			errs = append(errs, fmt.Errorf("this kernel has no %s namespaces: use a kernel with CONFIG_NAMESPACES", namespace))
		}
	}
	filesystems, err := os.ReadFile("/proc/filesystems")
	if err != nil {
		return errors.Join(append(errs, err)...)
	}
	if !bytes.Contains(filesystems, []byte("\toverlay\n")) {
		// The file system may be a module that nobody has used yet.
		if exec.Command("modprobe", "overlay").Run() != nil {
			errs = append(errs, errors.New("this kernel has no overlay file system, which containers are made of: load it with `modprobe overlay`"))
		}
	}
	return errors.Join(errs...)
}

func checkCommands() error {
	var missing []string
	for command, pkg := range packages {
		if _, err := exec.LookPath(command); err != nil {
			missing = append(missing, fmt.Sprintf("%s (package %s)", command, pkg))
		}
	}
	for _, plugin := range []string{"bridge", "host-local", "loopback", "portmap"} {
		if _, err := os.Stat(filepath.Join(CNIPluginDir, plugin)); err != nil {
			missing = append(missing, fmt.Sprintf("CNI plugin %s (package containernetworking-plugins)", plugin))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("missing on this machine: %s: install them, or run `make tools`", strings.Join(missing, ", "))
}

func checkBinaries(root layout.Root) error {
	for _, name := range []string{"kubernetes", "kube-apiserver", "etcd", "kubelet", "coredns", "pause"} {
		if _, err := os.Stat(root.Bin(name)); err != nil {
			return fmt.Errorf("%s is not built: run `make tools`", root.Bin(name))
		}
	}
	return nil
}
