package controlplane

import (
	"embed"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/render"
)

//go:embed config
var configFS embed.FS

// kubernetesVersion is the version of k8s.io/kubernetes in go.mod. A test compares them. kubeadm would query the
// internet for the version if it were not configured.
const kubernetesVersion = "v1.37.2"

// writeConfig writes the configuration from which kubeadm creates the certificates. The components of the control plane
// are configured by arguments only.
func writeConfig(root layout.Root) error {
	return render.Files(configFS, map[string]any{
		"Root":              root,
		"KubernetesVersion": kubernetesVersion,
		"ControlPlaneIP":    layout.ControlPlaneIP,
		"NodesAPIAddress":   layout.NodesAPIAddress,
		"APIPort":           layout.APIPort,
		"PodCIDR":           layout.PodCIDR,
		"ServiceCIDR":       layout.ServiceCIDR,
		"ClusterDomain":     layout.ClusterDomain,
	}, map[string]string{"config/kubeadm.yaml": root.State("kubeadm.yaml")})
}
