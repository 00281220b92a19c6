// Package process lists the commands that the binary "cluster" starts itself with, and the open files that each
// inherits. Both sides use the same entry of this table: the code that starts a command, and main, which serves it.
//
// These are the processes of a cluster of one node, with the package that starts each:
//
//	cluster up                     on the host; ends once the cluster is ready
//	└─ cluster init                process 1 of the cluster's namespaces: mounts, network    sandbox
//	   └─ cluster supervise        starts the control plane, applies the add-ons             sandbox
//	      ├─ cluster registry      OCI registry                                              controlplane
//	      ├─ etcd                                                                            controlplane
//	      ├─ kube-apiserver                                                                  controlplane
//	      ├─ kube-controller-manager                                                         controlplane
//	      ├─ kube-scheduler                                                                  controlplane
//	      ├─ cluster load-balancer controller of LoadBalancer Services                       controlplane
//	      ├─ cluster provisioner   controller of the default StorageClass                    controlplane
//	      └─ cluster init-node     process 1 of a node's namespaces; one for each node       controlplane
//	         └─ cluster supervise-node  starts the node's components                         sandbox
//	            ├─ containerd      one shim for each Pod below it                            node
//	            ├─ kubelet                                                                   node
//	            ├─ kube-proxy                                                                node
//	            └─ cluster pod-network  CNI configuration, routes, network policies          node
//
// When process 1 of a PID namespace ends, the kernel kills every process in it. So the end of init is the end of the
// cluster, and the end of init-node is the end of a node.
package process

import (
	"fmt"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// Command is a hidden command of the binary "cluster".
type Command struct {
	// Name is the first argument.
	Name string
	// Short is the help text.
	Short string
	// OfNode is true for the processes of a node. They require Options.Node.
	OfNode bool
	// Inherits lists the open files that the process gets, from file descriptor 3 on.
	Inherits []File
}

// File is an open file that a process inherits.
type File string

// The files that processes inherit.
const (
	// Lock is the lock of the state folder. Init is the only process of the cluster that holds it, and the kernel
	// releases it when init ends.
	Lock File = "lock"
	// HostNet is the host's network namespace, for listeners on its loopback.
	HostNet File = "host-net"
	// ClusterNet is the network namespace of the control plane, which nodes are connected to.
	ClusterNet File = "cluster-net"
)

// The commands, in the order of the process tree.
var (
	Init          = Command{"init", "process 1 of the cluster's namespaces", false, []File{Lock, HostNet}}
	Supervise     = Command{"supervise", "the supervisor of the control plane", false, []File{HostNet}}
	Registry      = Command{"registry", "the OCI registry", false, nil}
	LoadBalancer  = Command{"load-balancer", "the controller of LoadBalancer Services", false, []File{HostNet}}
	Provisioner   = Command{"provisioner", "the provisioner of the default StorageClass", false, nil}
	InitNode      = Command{"init-node", "process 1 of a node's namespaces", true, []File{ClusterNet}}
	SuperviseNode = Command{"supervise-node", "the supervisor of a node", true, nil}
	PodNetwork    = Command{"pod-network", "a node's routes, CNI configuration and network policies", true, nil}
)

// Options are the values that a command is started with.
type Options struct {
	Root layout.Root
	// Node is the node that the process belongs to. Commands of the control plane ignore it.
	Node layout.Node
	// Cgroup is the parent of the cgroups of the node's Pods.
	Cgroup string
}

// Line returns the command line: the path of the binary and its arguments.
func (c Command) Line(o Options) []string {
	line := []string{o.Root.Bin("cluster"), c.Name}
	if c.OfNode {
		line = append(line, "--node", o.Node.Name())
	}
	if o.Cgroup != "" {
		line = append(line, "--cgroup", o.Cgroup)
	}
	return append(line, "--root", string(o.Root))
}

// Files returns files in the order of Inherits, for exec.Cmd.ExtraFiles.
func (c Command) Files(files map[File]*os.File) []*os.File {
	var all []*os.File
	for _, f := range c.Inherits {
		all = append(all, files[f])
	}
	return all
}

// Inherited returns a file that this process, which runs the command, inherited. Its own children do not inherit the
// file.
func (c Command) Inherited(f File) (*os.File, error) {
	const first = 3 // after stdin, stdout and stderr
	fd := first + slices.Index(c.Inherits, f)
	if fd < first {
		return nil, fmt.Errorf("cluster %s does not inherit the file %s", c.Name, f)
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, unix.FD_CLOEXEC); err != nil {
		return nil, fmt.Errorf("cluster %s did not inherit the file %s as file descriptor %d (%w): "+
			"use `cluster up`, which starts this command", c.Name, f, fd, err)
	}
	return os.NewFile(uintptr(fd), string(f)), nil
}
