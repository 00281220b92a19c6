package node

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"example.com/kubernetes-networking/infra/cluster/internal/apiclient"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/networkpolicies"
	"example.com/kubernetes-networking/infra/cluster/internal/pki"
	"example.com/kubernetes-networking/infra/cluster/internal/podnetwork"
	"example.com/kubernetes-networking/infra/cluster/internal/process"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

func podNetwork(root layout.Root, node layout.Node, apiReady supervisor.Probe) supervisor.Component {
	return supervisor.Component{
		Name:    "pod-network",
		Command: process.PodNetwork.Line(process.Options{Root: root, Node: node}),
		Log:     root.Log("pod-network"),
		After:   apiReady,
		Ready:   supervisor.HTTPGet("http://" + networkpolicies.HealthAddress + "/healthz"),
		Stop:    supervisor.Stop{Step: stopControllers, Grace: time.Second},
	}
}

// RunPodNetwork is the process of the component pod-network. Until ctx ends, it does what a network plugin of
// Kubernetes does on a node: it configures CNI, routes between the nodes and enforces network policies.
func RunPodNetwork(ctx context.Context, o process.Options) error {
	client, err := apiclient.New(o.Root.UserKubeconfig(pki.PodNetwork))
	if err != nil {
		return err
	}
	kubelet, err := apiclient.New(o.Root.UserKubeconfig(pki.Kubelet))
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return podnetwork.RunNode(ctx, client, o.Node, o.Root.State("cni")) })
	group.Go(func() error { return networkpolicies.Run(ctx, client, kubelet, o.Node) })
	return group.Wait()
}
