package api

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"slices"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

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
			from, redact.Value(context), slices.Sorted(maps.Keys(file.Contexts)))
	}
	var found *rest.Config
	if err = readable(file, context); err == nil {
		err = clientcmd.ConfirmUsable(*file, context)
	}
	if err == nil {
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

// readable returns an error if a file that the context names cannot be read. client-go would notice too, and show the name of
// the file, which is a key where somebody has written client-key in place of client-key-data.
func readable(file *clientcmdapi.Config, context string) error {
	named := map[string]string{}
	if cluster := file.Clusters[file.Contexts[context].Cluster]; cluster != nil && len(cluster.CertificateAuthorityData) == 0 {
		named["certificate-authority"] = cluster.CertificateAuthority
	}
	if user := file.AuthInfos[file.Contexts[context].AuthInfo]; user != nil {
		if len(user.ClientCertificateData) == 0 {
			named["client-certificate"] = user.ClientCertificate
		}
		if len(user.ClientKeyData) == 0 {
			named["client-key"] = user.ClientKey
		}
		named["tokenFile"] = user.TokenFile
	}
	for _, field := range slices.Sorted(maps.Keys(named)) {
		if named[field] == "" {
			continue
		}
		opened, err := os.Open(named[field])
		var unreadable *fs.PathError
		if errors.As(err, &unreadable) {
			return fmt.Errorf("%s has to be the path of a file, and opening it fails: %w", field, unreadable.Err)
		}
		if err == nil {
			_ = opened.Close()
		}
	}
	return nil
}
