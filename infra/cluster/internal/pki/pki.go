// Package pki has kubeadm make the cluster's certificates, keys and kubeconfigs, once in the cluster's life.
package pki

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// Users are the Kubernetes users of the components that kubeadm knows nothing of. What they may do is in the add-ons'
// manifests, but for kube-proxy, whose role is Kubernetes' own.
var users = []string{"system:kube-proxy", LoadBalancer, NetworkPolicies, Provisioner}

// Users of our own components.
const (
	LoadBalancer    = "kubernetes-networking:load-balancer"
	NetworkPolicies = "kubernetes-networking:network-policies"
	Provisioner     = "kubernetes-networking:provisioner"
)

// Ensure makes what is missing. In a new cluster the administrator's kubeconfig is made last, so where it is, everything
// is, but for the users that a later version of this program has more.
func Ensure(root layout.Root) error {
	if err := os.MkdirAll(filepath.Dir(root.UserKubeconfig("")), 0o700); err != nil {
		return err
	}
	config := "--config=" + root.State("kubeadm.yaml")
	if exists(root.Kubeconfig()) {
		return makeUsers(root, config, slices.DeleteFunc(slices.Clone(users), func(user string) bool {
			return exists(root.UserKubeconfig(user))
		}))
	}
	if _, err := kubeadm(root, "init", "phase", "certs", "all", config); err != nil {
		return err
	}
	made := make(chan error)
	go func() {
		_, err := kubeadm(root, "init", "phase", "kubeconfig", "all", config, "--kubeconfig-dir="+root.State())
		made <- err
	}()
	if err := errors.Join(makeUsers(root, config, users), <-made); err != nil {
		return err
	}
	return writeUser(root, root.Kubeconfig(), "--client-name=admin", "--org=system:masters", config)
}

// makeUsers makes the kubeconfigs of users, all at once.
func makeUsers(root layout.Root, config string, users []string) error {
	var all sync.WaitGroup
	errs := make([]error, len(users))
	for i, user := range users {
		all.Go(func() {
			errs[i] = writeUser(root, root.UserKubeconfig(user), "--client-name="+user, config)
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
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
