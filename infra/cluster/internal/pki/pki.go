// Package pki has kubeadm make the cluster's certificates, keys and kubeconfigs, once in the cluster's life.
package pki

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// Users are the Kubernetes users of the components that kubeadm knows nothing of. What they may do is in the add-ons'
// manifests, but for kube-proxy, whose role is Kubernetes' own.
var users = []string{"system:kube-proxy", LoadBalancer, Provisioner}

// Users of our own components.
const (
	LoadBalancer = "kubernetes-networking:load-balancer"
	Provisioner  = "kubernetes-networking:provisioner"
)

// Ensure makes what is missing. The administrator's kubeconfig is made last, so where it is, everything is.
func Ensure(root layout.Root) error {
	if _, err := os.Stat(root.Kubeconfig()); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(root.UserKubeconfig("")), 0o700); err != nil {
		return err
	}
	config := "--config=" + root.State("kubeadm.yaml")
	if _, err := kubeadm(root, "init", "phase", "certs", "all", config); err != nil {
		return err
	}
	var all sync.WaitGroup
	errs := make([]error, len(users)+1)
	for i, user := range users {
		all.Go(func() {
			errs[i] = writeUser(root, root.UserKubeconfig(user), "--client-name="+user, config)
		})
	}
	all.Go(func() {
		_, errs[len(users)] = kubeadm(root, "init", "phase", "kubeconfig", "all", config, "--kubeconfig-dir="+root.State())
	})
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return writeUser(root, root.Kubeconfig(), "--client-name=admin", "--org=system:masters", config)
}

func writeUser(root layout.Root, path string, args ...string) error {
	kubeconfig, err := kubeadm(root, append([]string{"kubeconfig", "user", "--validity-period=87600h"}, args...)...)
	if err != nil {
		return err
	}
	return os.WriteFile(path, kubeconfig, 0o600)
}

func kubeadm(root layout.Root, args ...string) ([]byte, error) {
	cmd := exec.Command(root.Bin("kubeadm"), args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("kubeadm %v: %w: %s", args, err, bytes.TrimSpace(stderr.Bytes()))
	}
	return output, nil
}
