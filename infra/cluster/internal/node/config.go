package node

import (
	"embed"

	"example.com/kubernetes-networking/infra/cluster/internal/apiclient"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/pki"
	"example.com/kubernetes-networking/infra/cluster/internal/render"
)

//go:embed config
var configFS embed.FS

// writeConfig writes the configuration files of the node's components. root is the root folder as the node sees it, and
// cgroup the parent of the cgroups of its Pods.
func writeConfig(root layout.Root, node layout.Node, cgroup, pauseImage string) error {
	return render.Files(configFS, map[string]any{
		"Root": root, "Cgroup": cgroup,
		"NodeName": node.Name(), "NodeIP": node.IP(),
		"ContainerdSocket": containerdSocket, "Snapshotter": snapshotter(root), "PauseImage": pauseImage,
		"NodesRegistryAddress": layout.NodesRegistryAddress,
		"KubeProxyKubeconfig":  root.UserKubeconfig(pki.KubeProxy),
		"PodCIDR":              layout.PodCIDR,
		"DNSIP":                layout.DNSIP, "ClusterDomain": layout.ClusterDomain,
		"APIQPS": apiclient.QPS, "APIBurst": apiclient.Burst,
	}, map[string]string{
		"config/containerd.toml": root.State("containerd.toml"),
		"config/hosts.toml":      root.State("registries", layout.RegistryAddress, "hosts.toml"),
		"config/kubelet.yaml":    root.State("kubelet.yaml"),
		"config/kube-proxy.yaml": root.State("kube-proxy.yaml"),
		"config/resolv.conf":     root.State("resolv.conf"),
	})
}
