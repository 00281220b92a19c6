// Package layout says where everything of the embedded cluster lives: files, addresses and ports.
package layout

import (
	"fmt"
	"path/filepath"

	"golang.org/x/sys/unix"
)

const (
	// NodeName is the name of the only node.
	NodeName = "demo"
	// NodeIP is the node's address on its own bridge, inside the cluster's network namespace.
	NodeIP = "10.123.0.2"
	// NodeCIDR is NodeIP with its prefix length.
	NodeCIDR = NodeIP + "/24"
	// PodCIDR is what Pods get their addresses from.
	PodCIDR = "10.244.0.0/16"
	// NodePodCIDR is the part of PodCIDR that belongs to the only node.
	NodePodCIDR = "10.244.0.0/24"
	// ServiceCIDR is what Services get their ClusterIPs from.
	ServiceCIDR = "10.96.0.0/16"
	// DNSIP is the ClusterIP of the cluster DNS.
	DNSIP = "10.96.0.10"
	// ClusterDomain is the DNS domain of the cluster.
	ClusterDomain = "cluster.local"
	// Sandbox is where the root folder is mounted inside the cluster's mount namespace. It is short, since the path of
	// a Unix socket has at most 107 characters.
	Sandbox = "/run/local"

	apiPort      = 16443
	registryPort = 15000
)

// The addresses below are the same on the host's loopback and on the loopback inside the cluster's network namespace,
// so one kubeconfig and one image name serve both sides.
var (
	APIAddress      = fmt.Sprintf("127.0.0.1:%d", apiPort)
	RegistryAddress = fmt.Sprintf("127.0.0.1:%d", registryPort)
)

// APIPort is the port of the API server, inside and outside.
const APIPort = apiPort

// Root is the folder that holds the binaries and the cluster's state; `.local` of the checkout.
type Root string

// Bin is the path of a binary.
func (r Root) Bin(name string) string { return filepath.Join(string(r), "bin", name) }

// State is a path below the cluster's state folder.
func (r Root) State(elem ...string) string {
	return filepath.Join(append([]string{string(r), "cluster"}, elem...)...)
}

// Kubeconfig is the administrator's kubeconfig. It is as good as a password: mode 0600.
func (r Root) Kubeconfig() string { return r.State("kubeconfig") }

// Cgroup is the cgroup that the cluster's Pods are below. Each state folder has its own: a kubelet ends what it finds below
// its cgroup and knows nothing of. The folder's inode is the same from inside the sandbox and from outside.
func (r Root) Cgroup() (string, error) {
	var stat unix.Stat_t
	if err := unix.Stat(r.State(), &stat); err != nil {
		return "", fmt.Errorf("find the cluster's state folder %s: %w", r.State(), err)
	}
	return fmt.Sprintf("/kubernetes-networking-%d", stat.Ino), nil
}

// Log is the log file of a component.
func (r Root) Log(component string) string { return r.State("log", component+".log") }

// PKI is a file of the cluster's certificates and keys.
func (r Root) PKI(elem ...string) string {
	return r.State(append([]string{"pki"}, elem...)...)
}

// UserKubeconfig is the kubeconfig of one component, named after its Kubernetes user.
func (r Root) UserKubeconfig(user string) string { return r.State("users", user+".conf") }
