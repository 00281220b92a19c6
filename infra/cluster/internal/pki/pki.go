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

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// Ensure makes what is missing, for the control plane and for these nodes.
func Ensure(root layout.Root, nodes []layout.Node) error {
	state, err := os.OpenRoot(root.State())
	if err != nil {
		return err
	}
	defer state.Close()
	// kubeadm keeps what is there, and fails if an authority has lost its key.
	if !exists(state, "pki/apiserver.crt") || !exists(state, "pki/front-proxy-client.crt") || !exists(state, "pki/sa.pub") {
		if err := makeCertificates(root); err != nil {
			return err
		}
	}
	authority, err := loadAuthority(root)
	if err != nil {
		return err
	}
	for _, user := range controlPlaneUsers {
		if err := authority.ensureKubeconfig(state, kubeconfigPath(user.name), user, layout.NodesAPIAddress); err != nil {
			return err
		}
	}
	if err := authority.ensureKubeconfig(state, filepath.Base(root.Kubeconfig()), user{name: Admin}, layout.APIAddress); err != nil {
		return err
	}
	for _, node := range nodes {
		if err := ensureNode(root.NodeState(node), node, authority); err != nil {
			return fmt.Errorf("%s: %w", root.NodeState(node), err)
		}
	}
	return nil
}

// ensureNode makes what a node needs to know: its own users, who it is, and whom to believe. A container that is given the
// node's files may have put symbolic links there: they lead nowhere outside of the node's folder.
func ensureNode(folder string, node layout.Node, authority *authority) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	state, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer state.Close()
	for file, user := range nodeUsers(node) {
		if err := authority.ensureKubeconfig(state, kubeconfigPath(file), user, layout.NodesAPIAddress); err != nil {
			return err
		}
	}
	if err := authority.ensureKubelet(state, node); err != nil {
		return err
	}
	return writeFile(state, "pki/ca.crt", authority.pem)
}

// kubeconfigPath is where, in the state folder or a node's, the kubeconfig of a user is.
func kubeconfigPath(user string) string { return filepath.Join("users", user+".conf") }

func makeCertificates(root layout.Root) error {
	cmd := exec.Command(root.Bin("kubeadm"), "init", "phase", "certs", "all", "--config="+root.State("kubeadm.yaml"))
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make the cluster's certificates: kubeadm: %w: %s", err, bytes.TrimSpace(output))
	}
	return nil
}

func exists(folder *os.Root, path string) bool {
	info, err := folder.Stat(path)
	return err == nil && info.Size() > 0
}

// writeFile writes a file whole or not at all.
func writeFile(folder *os.Root, path string, content []byte) error {
	if err := folder.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return errors.Join(folder.WriteFile(path+".new", content, 0o600), folder.Rename(path+".new", path))
}
