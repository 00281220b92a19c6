// Package pki creates the cluster's certificates, keys and kubeconfigs. kubeadm creates the CAs and the certificates of
// the control plane. This package creates a serving certificate for each kubelet, and a kubeconfig for each user, which
// the cluster's CA signs. Package controlplane calls Ensure at each start; users.go lists the users.
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

// Ensure creates the files of the control plane and of nodes that are missing, damaged or not as this version needs
// them. It returns true if an existing cluster got another CA, which its Pods do not have yet.
func Ensure(root layout.Root, nodes []layout.Node) (newCA bool, err error) {
	remade, err := ensureCertificates(root)
	if err != nil {
		return false, err
	}
	return slices.Contains(remade, "ca"), writeUsers(root, nodes)
}

// ensureCertificates returns the names of the certificates that an existing cluster had and that were created again.
func ensureCertificates(root layout.Root) (remade []string, err error) {
	if _, err := os.Stat(root.State("etcd")); errors.Is(err, os.ErrNotExist) { // a new cluster
		return nil, errors.Join(os.RemoveAll(root.PKI()), makeCertificates(root))
	}
	if remade, err = removeDamaged(root); err != nil || len(remade) == 0 {
		return nil, err
	}
	return remade, makeCertificates(root)
}

// writeUsers writes the kubeconfigs of all users, and the certificates of the nodes.
func writeUsers(root layout.Root, nodes []layout.Node) error {
	ca, err := loadCA(root)
	if err != nil {
		return err
	}
	state, err := os.OpenRoot(root.State())
	if err != nil {
		return err
	}
	defer state.Close()
	for _, user := range controlPlaneUsers {
		if err := ca.writeKubeconfig(state, kubeconfigPath(user.name), user, layout.NodesAPIAddress); err != nil {
			return err
		}
	}
	// The user may have edited this one.
	if admin := (user{name: Admin}); !ca.isCurrent(root.Kubeconfig(), admin, layout.APIAddress) {
		if err := ca.writeKubeconfig(state, filepath.Base(root.Kubeconfig()), admin, layout.APIAddress); err != nil {
			return err
		}
	}
	for _, node := range nodes {
		if err := writeNode(root.NodeState(node), node, ca); err != nil {
			return fmt.Errorf("%s: %w", root.NodeState(node), err)
		}
	}
	return nil
}

// writeNode writes the kubeconfigs of a node's users, the certificate of its kubelet, and the CA certificate. It does
// not follow symbolic links out of the node's folder, because a container with access to the node's files may have
// created some.
func writeNode(folder string, node layout.Node, ca *ca) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	state, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer state.Close()
	for file, user := range nodeUsers(node) {
		if err := ca.writeKubeconfig(state, kubeconfigPath(file), user, layout.NodesAPIAddress); err != nil {
			return err
		}
	}
	if err := ca.writeKubelet(state, node); err != nil {
		return err
	}
	return writeFile(state, "pki/ca.crt", ca.pem)
}

// kubeconfigPath returns the path of a user's kubeconfig in the state folder of the cluster or of a node.
func kubeconfigPath(user string) string { return filepath.Join("users", user+".conf") }

// makeCertificates runs kubeadm, which creates the certificates that are missing.
func makeCertificates(root layout.Root) error {
	cmd := exec.Command(root.Bin("kubeadm"), "init", "phase", "certs", "all", "--config="+root.State("kubeadm.yaml"))
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("create the cluster's certificates: kubeadm: %w: %s", err, bytes.TrimSpace(output))
	}
	return nil
}

// writeFile replaces a file atomically. Unlike renameio, os.Root does not follow symbolic links out of folder.
func writeFile(folder *os.Root, path string, content []byte) error {
	if err := folder.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return errors.Join(folder.WriteFile(path+".new", content, 0o600), folder.Rename(path+".new", path))
}
