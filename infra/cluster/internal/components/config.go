package components

import (
	"bytes"
	"embed"
	"fmt"
	"os"
	"text/template"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/preflight"
)

//go:embed config
var configFS embed.FS

var configTemplates = template.Must(template.ParseFS(configFS, "config/*"))

// kubernetesVersion is that of k8s.io/kubernetes in go.mod; a test compares them.
const kubernetesVersion = "v1.35.4"

// ConfigValues are what the configuration files are made from.
type ConfigValues struct {
	Root             layout.Root
	PauseImage       string
	Snapshotter      string
	ContainerdSocket string
	// KubernetesVersion is that of the components, for kubeadm, which would ask the internet otherwise.
	KubernetesVersion string
	CNIPluginDir      string
	NodeName, NodeIP  string
	PodCIDR           string
	NodePodCIDR       string
	ServiceCIDR       string
	DNSIP             string
	ClusterDomain     string
	CgroupRoot        string
	APIPort           int
	APIAddress        string
}

// WriteConfig writes the configuration files of the components into the state folder.
func WriteConfig(root layout.Root, pauseImage string) error {
	if err := os.MkdirAll(root.State("cni"), 0o755); err != nil {
		return err
	}
	cgroup, err := root.Cgroup()
	if err != nil {
		return err
	}
	values := ConfigValues{
		Root: root, PauseImage: pauseImage, Snapshotter: snapshotter(root),
		KubernetesVersion: kubernetesVersion,
		ContainerdSocket:  ContainerdSocket, CNIPluginDir: preflight.CNIPluginDir,
		NodeName: layout.NodeName, NodeIP: layout.NodeIP,
		PodCIDR: layout.PodCIDR, NodePodCIDR: layout.NodePodCIDR, ServiceCIDR: layout.ServiceCIDR,
		DNSIP: layout.DNSIP, ClusterDomain: layout.ClusterDomain, CgroupRoot: cgroup,
		APIPort: layout.APIPort, APIAddress: layout.APIAddress,
	}
	for name, path := range map[string]string{
		"kubeadm.yaml":    root.State("kubeadm.yaml"),
		"containerd.toml": root.State("containerd.toml"),
		"kubelet.yaml":    root.State("kubelet.yaml"),
		"kube-proxy.yaml": root.State("kube-proxy.yaml"),
		"bridge.conflist": root.State("cni", "10-bridge.conflist"),
		"resolv.conf":     root.State("resolv.conf"),
	} {
		var content bytes.Buffer
		if err := configTemplates.ExecuteTemplate(&content, name, values); err != nil {
			return fmt.Errorf("render %s: %w", name, err)
		}
		if err := os.WriteFile(path, content.Bytes(), 0o600); err != nil {
			return err
		}
	}
	return nil
}
