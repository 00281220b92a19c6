package controlplane

import (
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

// etcdMember is the name of the only member. etcd stores it in its data.
const etcdMember = "demo"

func etcd(root layout.Root) supervisor.Component {
	return supervisor.Component{
		Name: "etcd",
		Command: []string{
			root.Bin("etcd"),
			"--name=" + etcdMember,
			"--data-dir=" + root.State("etcd"),
			"--listen-client-urls=https://127.0.0.1:2379",
			"--advertise-client-urls=https://127.0.0.1:2379",
			"--listen-peer-urls=https://127.0.0.1:2380",
			"--initial-advertise-peer-urls=https://127.0.0.1:2380",
			"--initial-cluster=" + etcdMember + "=https://127.0.0.1:2380",
			"--listen-metrics-urls=http://127.0.0.1:2381", // serves /health without a client certificate
			"--cert-file=" + root.PKI("etcd", "server.crt"),
			"--key-file=" + root.PKI("etcd", "server.key"),
			"--trusted-ca-file=" + root.PKI("etcd", "ca.crt"),
			"--client-cert-auth=true",
			"--peer-cert-file=" + root.PKI("etcd", "peer.crt"),
			"--peer-key-file=" + root.PKI("etcd", "peer.key"),
			"--peer-trusted-ca-file=" + root.PKI("etcd", "ca.crt"),
			"--peer-client-cert-auth=true",
		},
		Log:   root.Log("etcd"),
		Ready: supervisor.HTTPGet("http://127.0.0.1:2381/health"),
		Stop:  supervisor.Stop{Step: stopStorage, Grace: 3 * time.Second},
	}
}
