// Package node is the supervisor of a node: the process `cluster supervise-node`. It starts containerd, the kubelet,
// kube-proxy and the Pod network, and stops the node's Pods in order.
//
// Start reading at Supervise. Each component has a file with everything about it: command line, dependencies, readiness
// check and part in an orderly stop (containerd.go, kubelet.go, kubeproxy.go, podnetwork.go). The files in config are
// their configuration. Package controlplane starts a node, and package process draws the process tree.
package node

import (
	"context"

	"example.com/kubernetes-networking/infra/cluster/internal/apiclient"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/pki"
	"example.com/kubernetes-networking/infra/cluster/internal/process"
	"example.com/kubernetes-networking/infra/cluster/internal/registry"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

// The steps of an orderly stop.
const (
	stopControllers = iota // first, because they would replace Pods that end
	stopContainers         // by containerd, before it ends itself
)

// Components returns the components of a node. apiReady succeeds when the node can reach the API server. notReady marks
// the node as not Ready, and succeeds once the API server has accepted that.
func Components(root layout.Root, node layout.Node, apiReady, notReady supervisor.Probe) []supervisor.Component {
	return []supervisor.Component{
		containerd(root),
		kubelet(root, node, notReady),
		kubeProxy(root, apiReady),
		podNetwork(root, node, apiReady),
	}
}

// Supervise runs a node until ctx ends, and then stops it in order.
func Supervise(ctx context.Context, o process.Options) error {
	if err := supervisor.RotateLogs(o.Root.State("log")); err != nil {
		return err
	}
	if err := removeImagesAfterBoot(o.Root); err != nil {
		return err
	}
	status, err := supervisor.NewStatusFile(o.Root.State("status.json"))
	if err != nil {
		return err
	}
	images, err := registry.NewSystemImages(o.Root)
	if err != nil {
		return err
	}
	if err := writeConfig(o.Root, o.Node, o.Cgroup, images.Pause); err != nil {
		return err
	}
	// Every authenticated user may read /readyz. The node has no more powerful user than its kubelet.
	client, err := apiclient.New(o.Root.UserKubeconfig(pki.Kubelet))
	if err != nil {
		return err
	}
	components := Components(o.Root, o.Node, apiclient.Ready(client), markNotReady(client, o.Node.Name()))
	s := supervisor.New(components, status)
	s.Start(context.WithoutCancel(ctx)) // the components must run until the orderly stop ends them
	// The node has nothing else to wait for: it serves as soon as all components are ready.
	status.Change(func(s *supervisor.Status) { s.Ready = true })
	<-ctx.Done()
	s.Stop()
	return nil
}
