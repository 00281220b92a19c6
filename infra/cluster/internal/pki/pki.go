// Package pki makes the cluster's certificates, keys and kubeconfigs: kubeadm makes the authorities and those of the control
// plane's servers; each kubelet gets a certificate, and each user a kubeconfig, signed by the cluster's authority.
package pki

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// Ensure makes what is missing, damaged or not as this version needs it, for the control plane and for these nodes. It says
// whether a cluster that has lived before gets another authority, which its Pods are still to be told.
func Ensure(root layout.Root, nodes []layout.Node) (newAuthority bool, err error) {
	remade, err := ensureCertificates(root)
	if err != nil {
		return false, err
	}
	return slices.Contains(remade, "ca"), writeUsers(root, nodes)
}

// ensureCertificates returns the names of those that a cluster had and that are made anew.
func ensureCertificates(root layout.Root) (remade []string, err error) {
	if _, err := os.Stat(root.State("etcd")); errors.Is(err, os.ErrNotExist) { // it has not lived yet
		return nil, errors.Join(os.RemoveAll(root.PKI()), makeCertificates(root))
	}
	if remade, err = removeDamaged(root); err != nil || len(remade) == 0 {
		return nil, err
	}
	return remade, makeCertificates(root)
}

// writeUsers writes the kubeconfigs of all users, and what else each node has.
func writeUsers(root layout.Root, nodes []layout.Node) error {
	authority, err := loadAuthority(root)
	if err != nil {
		return err
	}
	state, err := os.OpenRoot(root.State())
	if err != nil {
		return err
	}
	defer state.Close()
	for _, user := range controlPlaneUsers {
		if err := authority.writeKubeconfig(state, kubeconfigPath(user.name), user, layout.NodesAPIAddress); err != nil {
			return err
		}
	}
	// People may have added to it.
	if admin := (user{name: Admin}); !authority.knows(root.Kubeconfig(), admin, layout.APIAddress) {
		if err := authority.writeKubeconfig(state, filepath.Base(root.Kubeconfig()), admin, layout.APIAddress); err != nil {
			return err
		}
	}
	for _, node := range nodes {
		if err := writeNode(root.NodeState(node), node, authority); err != nil {
			return fmt.Errorf("%s: %w", root.NodeState(node), err)
		}
	}
	return nil
}

// writeNode makes what a node needs to know: its own users, who it is, and whom to believe. A container that is given the
// node's files may have put symbolic links there: they lead nowhere outside of the node's folder.
func writeNode(folder string, node layout.Node, authority *authority) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	state, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer state.Close()
	for file, user := range nodeUsers(node) {
		if err := authority.writeKubeconfig(state, kubeconfigPath(file), user, layout.NodesAPIAddress); err != nil {
			return err
		}
	}
	if err := authority.writeKubelet(state, node); err != nil {
		return err
	}
	return writeFile(state, "pki/ca.crt", authority.pem)
}

// kubeconfigPath is where, in the state folder or a node's, the kubeconfig of a user is.
func kubeconfigPath(user string) string { return filepath.Join("users", user+".conf") }

// makeCertificates lets kubeadm make what is missing.
func makeCertificates(root layout.Root) error {
	cmd := exec.Command(root.Bin("kubeadm"), "init", "phase", "certs", "all", "--config="+root.State("kubeadm.yaml"))
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make the cluster's certificates: kubeadm: %w: %s", err, bytes.TrimSpace(output))
	}
	return nil
}

// writeFile writes a file whole or not at all.
func writeFile(folder *os.Root, path string, content []byte) error {
	if err := folder.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return errors.Join(folder.WriteFile(path+".new", content, 0o600), folder.Rename(path+".new", path))
}
