// Package pki makes the cluster's certificates, keys and kubeconfigs: kubeadm makes the authorities and the servers' own, and
// each user gets a kubeconfig signed by the cluster's authority.
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
	// kubeadm keeps what is there, and fails if an authority has lost its key.
	if !exists(root.PKI("apiserver.crt")) || !exists(root.PKI("front-proxy-client.crt")) || !exists(root.PKI("sa.pub")) {
		if err := makeCertificates(root); err != nil {
			return err
		}
	}
	authority, err := loadAuthority(root)
	if err != nil {
		return err
	}
	for _, user := range controlPlaneUsers {
		if err := authority.ensureKubeconfig(root.UserKubeconfig(user.name), user, layout.NodesAPIAddress); err != nil {
			return err
		}
	}
	if err := authority.ensureKubeconfig(root.Kubeconfig(), admin, layout.APIAddress); err != nil {
		return err
	}
	for _, node := range nodes {
		if err := ensureNode(root, node, authority); err != nil {
			return err
		}
	}
	return nil
}

// ensureNode makes what a node needs to know: its own users, and whom to believe.
func ensureNode(root layout.Root, node layout.Node, authority *authority) error {
	for file, user := range nodeUsers(node) {
		if err := authority.ensureKubeconfig(root.NodeState(node, "users", file+".conf"), user, layout.NodesAPIAddress); err != nil {
			return err
		}
	}
	return writeFile(root.NodeState(node, "pki", "ca.crt"), authority.pem)
}

func makeCertificates(root layout.Root) error {
	cmd := exec.Command(root.Bin("kubeadm"), "init", "phase", "certs", "all", "--config="+root.State("kubeadm.yaml"))
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make the cluster's certificates: kubeadm: %w: %s", err, bytes.TrimSpace(output))
	}
	return nil
}

func exists(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() > 0
}

// writeFile writes a file whole or not at all.
func writeFile(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return errors.Join(os.WriteFile(path+".new", content, 0o600), os.Rename(path+".new", path))
}
