package controlplane

import (
	"fmt"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/apiclient"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/pki"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

func controllerManager(root layout.Root) supervisor.Component {
	config := root.UserKubeconfig(pki.ControllerManager)
	return supervisor.Component{
		Name: "kube-controller-manager",
		Command: []string{
			root.Bin("kube-controller-manager"),
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
			"--leader-elect=false", // there is only one
			fmt.Sprintf("--kube-api-qps=%d", apiclient.QPS),
			fmt.Sprintf("--kube-api-burst=%d", apiclient.Burst),
			"--profiling=false",
		},
		Log:   root.Log("kube-controller-manager"),
		Needs: []string{apiServerName},
		Ready: supervisor.HTTPGet("https://127.0.0.1:10257/healthz"),
		Stop:  supervisor.Stop{Step: stopControllers, Grace: time.Second},
	}
}
