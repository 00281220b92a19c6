package api

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os/exec"
	"slices"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// readKubeconfig returns how to reach the cluster of a context, or of the current one where context is empty. It reads
// this file and no other: neither KUBECONFIG nor the home folder nor a Pod's service account count.
func readKubeconfig(path, context string) (*rest.Config, error) {
	file, err := clientcmd.LoadFromFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the kubeconfig %s does not exist", path)
	}
	if err != nil {
		return nil, fmt.Errorf("the kubeconfig %s is not valid: %w", path, err)
	}
	if err := clientcmd.ResolveLocalPaths(file); err != nil {
		return nil, fmt.Errorf("resolve the paths in the kubeconfig %s: %w", path, err)
	}
	if context == "" {
		context = file.CurrentContext
	}
	if file.Contexts[context] == nil {
		return nil, fmt.Errorf("the kubeconfig %s has no context %q, its contexts are %q",
			path, context, slices.Sorted(maps.Keys(file.Contexts)))
	}
	var found *rest.Config
	if err = clientcmd.ConfirmUsable(*file, context); err == nil {
		found, err = clientcmd.NewNonInteractiveClientConfig(*file, context, &clientcmd.ConfigOverrides{}, nil).ClientConfig()
	}
	if err != nil {
		return nil, fmt.Errorf("the context %q of the kubeconfig %s is not complete: %w", context, path, err)
	}
	// client-go would notice too, in several lines.
	if plugin := found.ExecProvider; plugin != nil {
		if _, err := exec.LookPath(plugin.Command); err != nil {
			return nil, fmt.Errorf("the context %q of the kubeconfig %s gets its credentials from the program %s, which is "+
				"not installed", context, path, plugin.Command)
		}
	}
	return found, nil
}
