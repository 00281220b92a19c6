package components

import "example.com/kubernetes-networking/infra/cluster/internal/layout"

func kubeletArgs(root layout.Root) []string {
	return []string{
		"--config=" + root.State("kubelet.yaml"),
		"--kubeconfig=" + root.State("kubelet.conf"),
		"--root-dir=" + root.State("kubelet"),
		"--cert-dir=" + root.State("kubelet", "pki"),
		"--hostname-override=" + layout.NodeName,
		"--node-ip=" + layout.NodeIP,
	}
}

func proxyArgs(root layout.Root) []string {
	return []string{"--config=" + root.State("kube-proxy.yaml")}
}
