package components

import (
	"context"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/networkpolicies"
	"example.com/kubernetes-networking/infra/cluster/internal/pki"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

// ContainerdSocket is where the kubelet finds containerd, inside the node's mount namespace.
const ContainerdSocket = "/run/containerd/containerd.sock"

// NodeControllers are the node's components that act on Pods, and have to stop before the Pods do. What is left is
// containerd.
var NodeControllers = []string{"kubelet", "kube-proxy", "pod-network"}

// NodeComponents returns the components of a node. apiReady says whether the API server can be reached from there, and
// starting whether it has been told that the node starts.
func NodeComponents(root layout.Root, node layout.Node, apiReady, starting func(context.Context) error) []supervisor.Component {
	return []supervisor.Component{
		{
			Name: "containerd", Path: "containerd", Args: []string{"--config", root.State("containerd.toml")},
			Ready: listens("unix", ContainerdSocket),
		},
		{
			Name: "kubelet", Path: root.Bin("kubelet"), Args: kubeletArgs(root, node), Needs: []string{"containerd"}, After: starting,
			Ready: serves("http://127.0.0.1:10248/healthz"),
		},
		{
			Name: "kube-proxy", Path: root.Bin("kube-proxy"), Args: []string{"--config=" + root.State("kube-proxy.yaml")}, After: apiReady,
			Ready: serves("http://127.0.0.1:10256/livez"),
		},
		{
			Name: "pod-network", Path: root.Bin("cluster"), Args: []string{"pod-network", "--root", string(root), "--node", node.Name()}, After: apiReady,
			Ready: serves("http://" + networkpolicies.HealthAddress + "/healthz"),
		},
	}
}

func kubeletArgs(root layout.Root, node layout.Node) []string {
	return []string{
		"--config=" + root.State("kubelet.yaml"),
		"--kubeconfig=" + root.UserKubeconfig(pki.Kubelet),
		"--root-dir=" + root.State("kubelet"),
		"--hostname-override=" + node.Name(),
		"--node-ip=" + node.IP(),
		"--cloud-provider=external", // the supervisor publishes the node's addresses
	}
}
