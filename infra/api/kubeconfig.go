package api

import (
	"fmt"
	"maps"
	"os/exec"
	"slices"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"example.com/kubernetes-networking/apps/contract/redact"
	"example.com/kubernetes-networking/infra/kubeconfig"
)

// readKubeconfig returns how to reach the cluster of a context, or of the current one where context is empty.
func readKubeconfig(from kubeconfig.Kubeconfig, context string) (*rest.Config, error) {
	file, err := from.Load()
	if err != nil {
		return nil, err
	}
	if err := clientcmd.ResolveLocalPaths(file); err != nil {
		return nil, fmt.Errorf("resolve the paths in the kubeconfig %s: %w", from, err)
	}
	if context == "" {
		context = file.CurrentContext
	}
	if file.Contexts[context] == nil {
		return nil, fmt.Errorf("the kubeconfig %s has no context %q, its contexts are %q",
			from, redact.Text(context), slices.Sorted(maps.Keys(file.Contexts)))
	}
	var found *rest.Config
	if err = clientcmd.ConfirmUsable(*file, context); err == nil {
		found, err = clientcmd.NewNonInteractiveClientConfig(*file, context, &clientcmd.ConfigOverrides{}, nil).ClientConfig()
	}
	if err != nil {
		return nil, fmt.Errorf("the context %q of the kubeconfig %s is not complete: %w", context, from, err)
	}
	// client-go would notice too, in several lines.
	if plugin := found.ExecProvider; plugin != nil {
		if _, err := exec.LookPath(plugin.Command); err != nil {
			return nil, fmt.Errorf("the context %q of the kubeconfig %s gets its credentials from the program %s, which is "+
				"not installed", context, from, plugin.Command)
		}
	}
	return found, nil
}
