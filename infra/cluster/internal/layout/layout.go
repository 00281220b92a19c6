// Package layout defines the files, addresses and ports of the embedded cluster. Every other package takes them from
// here.
package layout

import (
	"fmt"
	"path/filepath"

	"golang.org/x/sys/unix"
)

const (
	// ControlPlaneIP is the control plane's address on the bridge to the nodes.
	ControlPlaneIP = "10.123.0.1"
	// NodesPrefix is the length of the prefix that the control plane and the nodes share.
	NodesPrefix = 24
	// Bridge is the network device, in the control plane's network namespace, that the nodes are connected to.
	Bridge = "nodes"
	// PodCIDR is the address range of all Pods. Each node gets a part of it.
	PodCIDR = "10.244.0.0/16"
	// ServiceCIDR is the range of the Services' ClusterIPs.
	ServiceCIDR = "10.96.0.0/16"
	// DNSIP is the ClusterIP of the cluster DNS.
	DNSIP = "10.96.0.10"
	// ClusterDomain is the DNS domain of the cluster.
	ClusterDomain = "cluster.local"
	// Sandbox is the mount point of the root folder in the cluster's mount namespaces. It is short, because the path of
	// a Unix socket has at most 107 characters.
	Sandbox = "/run/local"
	// APIPort is the port of the API server, inside and outside.
	APIPort = 16443

	registryPort = 15000
)

var (
	// APIAddress is the API server's address on the loopback, both on the host and in the control plane's namespace.
	APIAddress = fmt.Sprintf("127.0.0.1:%d", APIPort)
	// RegistryAddress is the registry's address on both loopbacks, so that the same image names work on both.
	RegistryAddress = fmt.Sprintf("127.0.0.1:%d", registryPort)
	// NodesAPIAddress is the API server's address for the nodes.
	NodesAPIAddress = fmt.Sprintf("%s:%d", ControlPlaneIP, APIPort)
	// NodesRegistryAddress is the registry's address for the nodes. It does not accept pushes.
	NodesRegistryAddress = fmt.Sprintf("%s:%d", ControlPlaneIP, registryPort)
)

// Root is the folder with the binaries and the state: `.local` in the checkout for the cluster, and in the mount
// namespace of a node the folder of that node.
type Root string

// Bin returns the path of a binary.
func (r Root) Bin(name string) string { return filepath.Join(string(r), "bin", name) }

// Images returns the folder of the built images, which are OCI image layouts.
func (r Root) Images() string { return filepath.Join(string(r), "images") }

// State returns a path below the state folder.
func (r Root) State(elem ...string) string {
	return filepath.Join(append([]string{string(r), "cluster"}, elem...)...)
}

// Kubeconfig returns the path of the administrator's kubeconfig. It gives full access to the cluster, so it has mode
// 0600.
func (r Root) Kubeconfig() string { return r.State("kubeconfig") }

// Log returns the path of a component's log.
func (r Root) Log(component string) string { return r.State("log", component+".log") }

// PKI returns the path of a certificate or key.
func (r Root) PKI(elem ...string) string {
	return r.State(append([]string{"pki"}, elem...)...)
}

// UserKubeconfig returns the path of a component's kubeconfig, which is named after the component's Kubernetes user.
func (r Root) UserKubeconfig(user string) string { return r.State("users", user+".conf") }

// Cgroup returns the parent of the cgroups of the cluster's Pods. It is different for each state folder, because a
// kubelet kills unknown containers below its cgroup. The name contains the folder's device and inode, which are the
// same inside and outside the sandbox. The inode alone is not unique across file systems.
func (r Root) Cgroup() (string, error) {
	var stat unix.Stat_t
	if err := unix.Stat(r.State(), &stat); err != nil {
		return "", fmt.Errorf("find the cluster's state folder %s: %w", r.State(), err)
	}
	return fmt.Sprintf("/kubernetes-networking-%d-%d-%d", unix.Major(stat.Dev), unix.Minor(stat.Dev), stat.Ino), nil
}
