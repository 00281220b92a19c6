// Package layout says where everything of the embedded cluster lives: files, addresses and ports.
package layout

import (
	"fmt"
	"path/filepath"

	"golang.org/x/sys/unix"
)

const (
	// ControlPlaneIP is the control plane's address on the bridge that joins it to the nodes.
	ControlPlaneIP = "10.123.0.1"
	// NodesPrefix is the length of the prefix that the control plane and the nodes share.
	NodesPrefix = 24
	// Bridge is the network device, in the control plane's network namespace, that the nodes are plugged into.
	Bridge = "nodes"
	// PodCIDR is what Pods get their addresses from; each node is given a part of it.
	PodCIDR = "10.244.0.0/16"
	// ServiceCIDR is what Services get their ClusterIPs from.
	ServiceCIDR = "10.96.0.0/16"
	// DNSIP is the ClusterIP of the cluster DNS.
	DNSIP = "10.96.0.10"
	// ClusterDomain is the DNS domain of the cluster.
	ClusterDomain = "cluster.local"
	// Sandbox is where the root folder is mounted inside the cluster's mount namespaces. It is short, since the path of
	// a Unix socket has at most 107 characters.
	Sandbox = "/run/local"
	// APIPort is the port of the API server, inside and outside.
	APIPort = 16443

	registryPort = 15000
)

var (
	// APIAddress is the API server, on the host's loopback and on the control plane's, so one kubeconfig serves both sides.
	APIAddress = fmt.Sprintf("127.0.0.1:%d", APIPort)
	// RegistryAddress is the registry, on both as well, so one image name serves both sides.
	RegistryAddress = fmt.Sprintf("127.0.0.1:%d", registryPort)
	// NodesAPIAddress is where the nodes reach the API server.
	NodesAPIAddress = fmt.Sprintf("%s:%d", ControlPlaneIP, APIPort)
	// NodesRegistryAddress is where they reach the registry, which takes no pushes there.
	NodesRegistryAddress = fmt.Sprintf("%s:%d", ControlPlaneIP, registryPort)
)

// Root is the folder that holds the binaries and the state: of the cluster, `.local` of the checkout, or of one node,
// which sees no other inside its own mount namespace.
type Root string

// Bin is the path of a binary.
func (r Root) Bin(name string) string { return filepath.Join(string(r), "bin", name) }

// Images is the folder of the images that have been built, as OCI image layouts.
func (r Root) Images() string { return filepath.Join(string(r), "images") }

// State is a path below the state folder.
func (r Root) State(elem ...string) string {
	return filepath.Join(append([]string{string(r), "cluster"}, elem...)...)
}

// Kubeconfig is the administrator's kubeconfig. It is as good as a password: mode 0600.
func (r Root) Kubeconfig() string { return r.State("kubeconfig") }

// Log is the log file of a component.
func (r Root) Log(component string) string { return r.State("log", component+".log") }

// PKI is a file of the cluster's certificates and keys.
func (r Root) PKI(elem ...string) string {
	return r.State(append([]string{"pki"}, elem...)...)
}

// UserKubeconfig is the kubeconfig of one component, named after its Kubernetes user.
func (r Root) UserKubeconfig(user string) string { return r.State("users", user+".conf") }

// Cgroup is the cgroup that the cluster's Pods are below. Each state folder has its own: a kubelet ends what it finds below
// its cgroup and knows nothing of. The folder's device and inode are the same from inside the sandbox and from outside; the
// inode alone is also that of a folder on another file system.
func (r Root) Cgroup() (string, error) {
	var stat unix.Stat_t
	if err := unix.Stat(r.State(), &stat); err != nil {
		return "", fmt.Errorf("find the cluster's state folder %s: %w", r.State(), err)
	}
	return fmt.Sprintf("/kubernetes-networking-%d-%d-%d", unix.Major(stat.Dev), unix.Minor(stat.Dev), stat.Ino), nil
}
