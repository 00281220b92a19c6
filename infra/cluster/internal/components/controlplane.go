package components

import (
	"fmt"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

func etcdArgs(root layout.Root) []string {
	return []string{
		"--name=" + layout.NodeName,
		"--data-dir=" + root.State("etcd"),
		"--listen-client-urls=https://127.0.0.1:2379",
		"--advertise-client-urls=https://127.0.0.1:2379",
		"--listen-peer-urls=https://127.0.0.1:2380",
		"--initial-advertise-peer-urls=https://127.0.0.1:2380",
		"--initial-cluster=" + layout.NodeName + "=https://127.0.0.1:2380",
		"--listen-metrics-urls=http://127.0.0.1:2381", // health without a certificate
		"--cert-file=" + root.PKI("etcd", "server.crt"),
		"--key-file=" + root.PKI("etcd", "server.key"),
		"--trusted-ca-file=" + root.PKI("etcd", "ca.crt"),
		"--client-cert-auth=true",
		"--peer-cert-file=" + root.PKI("etcd", "peer.crt"),
		"--peer-key-file=" + root.PKI("etcd", "peer.key"),
		"--peer-trusted-ca-file=" + root.PKI("etcd", "ca.crt"),
		"--peer-client-cert-auth=true",
		// A machine that loses power may lose the last writes. A process that is killed loses none, and a laptop's disk
		// is not kept busy.
		"--unsafe-no-fsync=true",
	}
}

func apiServerArgs(root layout.Root) []string {
	return []string{
		"--advertise-address=" + layout.NodeIP,
		fmt.Sprintf("--secure-port=%d", layout.APIPort),
		"--allow-privileged=true",
		"--authorization-mode=Node,RBAC",
		"--enable-admission-plugins=NodeRestriction",
		"--profiling=false",
		"--client-ca-file=" + root.PKI("ca.crt"),
		"--tls-cert-file=" + root.PKI("apiserver.crt"),
		"--tls-private-key-file=" + root.PKI("apiserver.key"),
		"--etcd-servers=https://127.0.0.1:2379",
		"--etcd-cafile=" + root.PKI("etcd", "ca.crt"),
		"--etcd-certfile=" + root.PKI("apiserver-etcd-client.crt"),
		"--etcd-keyfile=" + root.PKI("apiserver-etcd-client.key"),
		"--kubelet-preferred-address-types=InternalIP", // nobody resolves the node's name
		"--kubelet-client-certificate=" + root.PKI("apiserver-kubelet-client.crt"),
		"--kubelet-client-key=" + root.PKI("apiserver-kubelet-client.key"),
		"--requestheader-client-ca-file=" + root.PKI("front-proxy-ca.crt"),
		"--requestheader-allowed-names=front-proxy-client",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--requestheader-group-headers=X-Remote-Group",
		"--requestheader-username-headers=X-Remote-User",
		"--proxy-client-cert-file=" + root.PKI("front-proxy-client.crt"),
		"--proxy-client-key-file=" + root.PKI("front-proxy-client.key"),
		"--service-account-issuer=https://kubernetes.default.svc." + layout.ClusterDomain,
		"--service-account-key-file=" + root.PKI("sa.pub"),
		"--service-account-signing-key-file=" + root.PKI("sa.key"),
		"--service-cluster-ip-range=" + layout.ServiceCIDR,
	}
}

func controllerManagerArgs(root layout.Root) []string {
	config := root.State("controller-manager.conf")
	return []string{
		"--kubeconfig=" + config,
		"--authentication-kubeconfig=" + config,
		"--authorization-kubeconfig=" + config,
		"--bind-address=127.0.0.1",
		"--allocate-node-cidrs=true",
		"--cluster-cidr=" + layout.PodCIDR,
		"--service-cluster-ip-range=" + layout.ServiceCIDR,
		"--client-ca-file=" + root.PKI("ca.crt"),
		"--root-ca-file=" + root.PKI("ca.crt"),
		"--cluster-signing-cert-file=" + root.PKI("ca.crt"),
		"--cluster-signing-key-file=" + root.PKI("ca.key"),
		"--service-account-private-key-file=" + root.PKI("sa.key"),
		"--use-service-account-credentials=true",
		"--leader-elect=false", // there is one
		// Each controller asks for a token of its own at start: with the default of 20 requests per second that alone
		// takes 4 s of a new cluster's first 12.
		"--kube-api-qps=200",
		"--kube-api-burst=300",
		"--profiling=false",
	}
}

func schedulerArgs(root layout.Root) []string {
	config := root.State("scheduler.conf")
	return []string{
		"--kubeconfig=" + config,
		"--authentication-kubeconfig=" + config,
		"--authorization-kubeconfig=" + config,
		"--bind-address=127.0.0.1",
		"--leader-elect=false",
		"--profiling=false",
	}
}
