package components

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/pki"
	"example.com/kubernetes-networking/infra/cluster/internal/sandbox"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

// APIServer is the name of the component that most others need.
const APIServer = "kube-apiserver"

// Controllers are the control plane's components that act on Pods: they have to stop before the Pods do, or they would bring
// them back.
var Controllers = []string{"kube-controller-manager", "kube-scheduler", "load-balancer", "provisioner"}

// Stores are what the API server and the nodes ask.
var Stores = []string{"etcd", "registry"}

// ControlPlane returns the components of the control plane. Pods are evicted from a node that has been gone for evictionAfter;
// apiReady says whether the API server serves; hostNet is the host's network namespace.
func ControlPlane(root layout.Root, evictionAfter time.Duration, apiReady func(context.Context) error, hostNet *os.File) []supervisor.Component {
	self, api := root.Bin("cluster"), []string{APIServer}
	return []supervisor.Component{
		{
			Name: "registry", Path: self, Args: []string{"registry", "--root", string(root)},
			Ready: serves("http://" + layout.RegistryAddress + "/v2/"),
		},
		{
			Name: "etcd", Path: root.Bin("etcd"), Args: etcdArgs(root),
			Ready: serves("http://127.0.0.1:2381/health"),
		},
		{
			Name: APIServer, Path: root.Bin(APIServer), Args: apiServerArgs(root, evictionAfter), Needs: []string{"etcd"},
			Ready: apiReady,
		},
		{
			Name: "kube-controller-manager", Path: root.Bin("kube-controller-manager"), Args: controllerManagerArgs(root), Needs: api,
			Ready: serves("https://127.0.0.1:10257/healthz"),
		},
		{
			Name: "kube-scheduler", Path: root.Bin("kube-scheduler"), Args: schedulerArgs(root), Needs: api,
			Ready: serves("https://127.0.0.1:10259/healthz"),
		},
		{
			Name: "load-balancer", Path: self, Args: []string{"load-balancer", "--root", string(root)}, Needs: api,
			Files: []*os.File{hostNet},
		},
		{
			Name: "provisioner", Path: self, Args: []string{"provisioner", "--root", string(root)}, Needs: api,
		},
	}
}

// Node returns a node as a component of the cluster: process 1 of its sandbox, which starts what NodeComponents returns.
// clusterNet is the control plane's network namespace.
func Node(root layout.Root, node layout.Node, cgroup string, ready func(context.Context) error, clusterNet *os.File) supervisor.Component {
	return supervisor.Component{
		Name: node.Name(), Path: root.Bin("cluster"),
		Args:      []string{"init-node", "--node", node.Name(), "--cgroup", cgroup},
		Files:     []*os.File{clusterNet},
		Namespace: &syscall.SysProcAttr{Cloneflags: sandbox.Namespaces},
		Ready:     ready,
	}
}

// etcdMember is the name of the only member, which is in its data.
const etcdMember = "demo"

func etcdArgs(root layout.Root) []string {
	return []string{
		"--name=" + etcdMember,
		"--data-dir=" + root.State("etcd"),
		"--listen-client-urls=https://127.0.0.1:2379",
		"--advertise-client-urls=https://127.0.0.1:2379",
		"--listen-peer-urls=https://127.0.0.1:2380",
		"--initial-advertise-peer-urls=https://127.0.0.1:2380",
		"--initial-cluster=" + etcdMember + "=https://127.0.0.1:2380",
		"--listen-metrics-urls=http://127.0.0.1:2381", // health without a certificate
		"--cert-file=" + root.PKI("etcd", "server.crt"),
		"--key-file=" + root.PKI("etcd", "server.key"),
		"--trusted-ca-file=" + root.PKI("etcd", "ca.crt"),
		"--client-cert-auth=true",
		"--peer-cert-file=" + root.PKI("etcd", "peer.crt"),
		"--peer-key-file=" + root.PKI("etcd", "peer.key"),
		"--peer-trusted-ca-file=" + root.PKI("etcd", "ca.crt"),
		"--peer-client-cert-auth=true",
	}
}

func apiServerArgs(root layout.Root, evictionAfter time.Duration) []string {
	toleration := fmt.Sprint(int(evictionAfter.Seconds()))
	return []string{
		"--advertise-address=" + layout.ControlPlaneIP,
		fmt.Sprintf("--secure-port=%d", layout.APIPort),
		"--allow-privileged=true",
		"--anonymous-auth=false", // nobody without a name: not even health is for those
		"--authorization-mode=Node,RBAC",
		"--enable-admission-plugins=NodeRestriction",
		"--enable-aggregator-routing=true", // there is no kube-proxy beside it that would know ClusterIPs
		"--default-not-ready-toleration-seconds=" + toleration,
		"--default-unreachable-toleration-seconds=" + toleration,
		"--profiling=false",
		"--client-ca-file=" + root.PKI("ca.crt"),
		"--tls-cert-file=" + root.PKI("apiserver.crt"),
		"--tls-private-key-file=" + root.PKI("apiserver.key"),
		"--etcd-servers=https://127.0.0.1:2379",
		"--etcd-cafile=" + root.PKI("etcd", "ca.crt"),
		"--etcd-certfile=" + root.PKI("apiserver-etcd-client.crt"),
		"--etcd-keyfile=" + root.PKI("apiserver-etcd-client.key"),
		"--kubelet-certificate-authority=" + root.PKI("ca.crt"),
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
	config := root.UserKubeconfig(pki.ControllerManager)
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
		fmt.Sprintf("--kube-api-qps=%d", apiQPS),
		fmt.Sprintf("--kube-api-burst=%d", apiBurst),
		"--profiling=false",
	}
}

func schedulerArgs(root layout.Root) []string {
	config := root.UserKubeconfig(pki.Scheduler)
	return []string{
		"--kubeconfig=" + config,
		"--authentication-kubeconfig=" + config,
		"--authorization-kubeconfig=" + config,
		"--bind-address=127.0.0.1",
		"--leader-elect=false",
		fmt.Sprintf("--kube-api-qps=%d", apiQPS),
		fmt.Sprintf("--kube-api-burst=%d", apiBurst),
		"--profiling=false",
	}
}
