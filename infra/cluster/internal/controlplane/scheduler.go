package controlplane

import (
	"fmt"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/apiclient"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/pki"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

func scheduler(root layout.Root) supervisor.Component {
	config := root.UserKubeconfig(pki.Scheduler)
	return supervisor.Component{
		Name: "kube-scheduler",
		Command: []string{
			root.Bin("kube-scheduler"),
			"--kubeconfig=" + config,
			"--authentication-kubeconfig=" + config,
			"--authorization-kubeconfig=" + config,
			"--bind-address=127.0.0.1",
			"--leader-elect=false", // there is only one
			fmt.Sprintf("--kube-api-qps=%d", apiclient.QPS),
			fmt.Sprintf("--kube-api-burst=%d", apiclient.Burst),
			"--profiling=false",
		},
		Log:   root.Log("kube-scheduler"),
		Needs: []string{apiServerName},
		Ready: supervisor.HTTPGet("https://127.0.0.1:10259/healthz"),
		Stop:  supervisor.Stop{Step: stopControllers, Grace: time.Second},
	}
}
