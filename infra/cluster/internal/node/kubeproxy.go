package node

import (
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

// kubeProxy makes the node's kernel forward connections to Services. The rules stay in the kernel when it ends.
func kubeProxy(root layout.Root, apiReady supervisor.Probe) supervisor.Component {
	return supervisor.Component{
		Name:    "kube-proxy",
		Command: []string{root.Bin("kube-proxy"), "--config=" + root.State("kube-proxy.yaml")},
		Log:     root.Log("kube-proxy"),
		After:   apiReady,
		Ready:   supervisor.HTTPGet("http://127.0.0.1:10256/livez"),
		Stop:    supervisor.Stop{Step: stopControllers, Grace: time.Second},
	}
}
