package components

import (
	"bytes"
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"text/template"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/pki"
	"example.com/kubernetes-networking/infra/cluster/internal/preflight"
)

//go:embed config
var configFS embed.FS

var configTemplates = template.Must(template.ParseFS(configFS, "config/*"))

// kubernetesVersion is that of k8s.io/kubernetes in go.mod; a test compares them.
const kubernetesVersion = "v1.35.4"

// apiQPS and apiBurst are how many requests per second a component of Kubernetes sends to the API server, on average and at
// once. The defaults, 5 to 50, are those of clusters with hundreds of nodes: with 20, the tokens of the controller manager's
// controllers take 4 s of a new cluster's first 12.
const apiQPS, apiBurst = 200, 300

// WriteControlPlaneConfig writes what kubeadm makes the certificates from.
func WriteControlPlaneConfig(root layout.Root) error {
	return writeConfig(map[string]string{"kubeadm.yaml": root.State("kubeadm.yaml")}, map[string]any{
		"Root": root,
		// It would ask the internet otherwise.
		"KubernetesVersion": kubernetesVersion,
		"ControlPlaneIP":    layout.ControlPlaneIP,
		"NodesAPIAddress":   layout.NodesAPIAddress,
		"APIPort":           layout.APIPort,
		"PodCIDR":           layout.PodCIDR,
		"ServiceCIDR":       layout.ServiceCIDR,
		"ClusterDomain":     layout.ClusterDomain,
	})
}

// WriteNodeConfig writes the configuration files of a node's components, from inside of the node, whose containers are to
// be below cgroup.
func WriteNodeConfig(root layout.Root, node layout.Node, cgroup, pauseImage string) error {
	return writeConfig(map[string]string{
		"containerd.toml": root.State("containerd.toml"),
		"hosts.toml":      root.State("registries", layout.RegistryAddress, "hosts.toml"),
		"kubelet.yaml":    root.State("kubelet.yaml"),
		"kube-proxy.yaml": root.State("kube-proxy.yaml"),
		"resolv.conf":     root.State("resolv.conf"),
	}, map[string]any{
		"Root": root, "Cgroup": cgroup,
		"NodeName": node.Name(), "NodeIP": node.IP(),
		"ContainerdSocket": ContainerdSocket, "Snapshotter": snapshotter(root), "PauseImage": pauseImage,
		"CNIPluginDir":         preflight.CNIPluginDir(),
		"NodesRegistryAddress": layout.NodesRegistryAddress,
		"KubeProxyKubeconfig":  root.UserKubeconfig(pki.KubeProxy),
		"PodCIDR":              layout.PodCIDR,
		"DNSIP":                layout.DNSIP, "ClusterDomain": layout.ClusterDomain,
		"APIQPS": apiQPS, "APIBurst": apiBurst,
	})
}

// writeConfig makes each file, whose path is given by its template's name, from values.
func writeConfig(files map[string]string, values map[string]any) error {
	for name, path := range files {
		var content bytes.Buffer
		if err := configTemplates.Option("missingkey=error").ExecuteTemplate(&content, name, values); err != nil {
			return fmt.Errorf("render %s: %w", name, err)
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, content.Bytes(), 0o600); err != nil {
			return err
		}
	}
	return nil
}
