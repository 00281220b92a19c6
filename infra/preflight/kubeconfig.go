package preflight

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"gopkg.in/yaml.v3"
)

// kubeconfig is the part of a kubeconfig file that leads to the address of an API server.
// See https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/.
type kubeconfig struct {
	CurrentContext string `yaml:"current-context"`
	Contexts       []struct {
		Name    string
		Context struct{ Cluster string }
	}
	Clusters []struct {
		Name    string
		Cluster struct{ Server string }
	}
}

// apiServer returns the address of the API server of a context, or of the current one where context is empty.
func apiServer(path, context string) (string, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("the kubeconfig %s does not exist", path)
	}
	if err != nil {
		return "", fmt.Errorf("read the kubeconfig: %w", err)
	}
	var file kubeconfig
	if err := yaml.Unmarshal(content, &file); err != nil {
		return "", fmt.Errorf("the kubeconfig %s is not valid: %w", path, err)
	}
	if context == "" {
		context = file.CurrentContext
	}
	var names []string
	for _, candidate := range file.Contexts {
		names = append(names, candidate.Name)
		if candidate.Name != context {
			continue
		}
		for _, cluster := range file.Clusters {
			if cluster.Name == candidate.Context.Cluster {
				return cluster.Cluster.Server, nil
			}
		}
	}
	return "", fmt.Errorf("the kubeconfig %s has no cluster for the context %q, its contexts are %q", path, context, names)
}
