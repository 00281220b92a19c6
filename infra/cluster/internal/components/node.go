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
	return []string{
		"--kubeconfig=" + root.UserKubeconfig("system:kube-proxy"),
		"--hostname-override=" + layout.NodeName,
		"--cluster-cidr=" + layout.PodCIDR,
		"--proxy-mode=nftables",
		"--bind-address=" + layout.NodeIP,
		"--healthz-bind-address=127.0.0.1:10256",
		// Limits and time-outs of the connection table belong to the host: leave them as they are.
		"--conntrack-max-per-core=0",
		"--conntrack-tcp-timeout-established=0s",
		"--conntrack-tcp-timeout-close-wait=0s",
	}
}
