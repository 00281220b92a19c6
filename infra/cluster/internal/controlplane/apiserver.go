package controlplane

import (
	"fmt"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

const apiServerName = "kube-apiserver"

func apiServer(root layout.Root, evictionAfter time.Duration, ready supervisor.Probe) supervisor.Component {
	toleration := fmt.Sprint(int(evictionAfter.Seconds()))
	return supervisor.Component{
		Name: apiServerName,
		Command: []string{
			root.Bin("kube-apiserver"),
			"--advertise-address=" + layout.ControlPlaneIP,
			fmt.Sprintf("--secure-port=%d", layout.APIPort),
			"--allow-privileged=true",
			"--anonymous-auth=false", // not even for health checks
			"--authorization-mode=Node,RBAC",
			"--enable-admission-plugins=NodeRestriction",
			"--enable-aggregator-routing=true", // connect to Pods: without a kube-proxy beside it, ClusterIPs do not work
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
			"--kubelet-preferred-address-types=InternalIP", // no name server resolves the names of nodes
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
		},
		Log:   root.Log(apiServerName),
		Needs: []string{"etcd"},
		Ready: ready,
		// The API server would wait for its watches to end. It has nothing to lose: what it has acknowledged is in
		// etcd.
		Stop: supervisor.Stop{Step: stopAPIServer, Grace: 200 * time.Millisecond},
	}
}
