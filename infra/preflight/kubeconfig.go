package preflight

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

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
		Cluster cluster
	}
}

// cluster is an API server and how to know it from another one at the same address.
type cluster struct {
	Server        string
	Authority     string `yaml:"certificate-authority"`      // a path, relative to the kubeconfig
	AuthorityData string `yaml:"certificate-authority-data"` // base64 of the same
	ServerName    string `yaml:"tls-server-name"`
	Insecure      bool   `yaml:"insecure-skip-tls-verify"`
}

// tls is how to verify the API server's certificate. Without an authority in the kubeconfig the system's count.
func (c cluster) tls(kubeconfig string) (*tls.Config, error) {
	settings := &tls.Config{ServerName: c.ServerName, InsecureSkipVerify: c.Insecure}
	authority, err := base64.StdEncoding.DecodeString(c.AuthorityData)
	if err == nil && len(authority) == 0 && c.Authority != "" {
		path := c.Authority
		if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(kubeconfig), path)
		}
		authority, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the certificate authority in the kubeconfig %s: %w", kubeconfig, err)
	}
	if len(authority) > 0 {
		settings.RootCAs = x509.NewCertPool()
		if !settings.RootCAs.AppendCertsFromPEM(authority) {
			return nil, fmt.Errorf("the kubeconfig %s has a certificate authority that is no PEM certificate", kubeconfig)
		}
	}
	return settings, nil
}

// findCluster returns the cluster of a context, or of the current one where context is empty.
func findCluster(path, context string) (cluster, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return cluster{}, fmt.Errorf("the kubeconfig %s does not exist", path)
	}
	if err != nil {
		return cluster{}, fmt.Errorf("read the kubeconfig: %w", err)
	}
	var file kubeconfig
	if err := yaml.Unmarshal(content, &file); err != nil {
		return cluster{}, fmt.Errorf("the kubeconfig %s is not valid: %w", path, err)
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
		for _, named := range file.Clusters {
			if named.Name == candidate.Context.Cluster {
				return named.Cluster, nil
			}
		}
	}
	return cluster{}, fmt.Errorf("the kubeconfig %s has no cluster for the context %q, its contexts are %q", path, context, names)
}
