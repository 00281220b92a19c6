package supervise

import (
	"context"
	"log/slog"
	"os"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/apiclient"
	"example.com/kubernetes-networking/infra/cluster/internal/components"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/pki"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

// Grace periods of an orderly stop of a node.
const (
	nodeControllersGrace = time.Second
	containersGrace      = 2 * time.Second
	containerdGrace      = time.Second
)

// RunNode runs a node until ctx ends, and then stops it in order. Its Pods are below cgroup.
func RunNode(ctx context.Context, root layout.Root, node layout.Node, cgroup string) error {
	if err := os.MkdirAll(root.State("log"), 0o700); err != nil {
		return err
	}
	if err := keepPreviousLogs(root, ""); err != nil {
		return err
	}
	if err := distrustImages(root); err != nil {
		return err
	}
	status, err := supervisor.NewStatusFile(root.State("status.json"))
	if err != nil {
		return err
	}
	images, err := nameImages(root)
	if err != nil {
		return err
	}
	if err := components.WriteNodeConfig(root, node, cgroup, images.pause); err != nil {
		return err
	}
	// As the kubelet, which may ask the API server whether it serves, like everybody whom it knows.
	client, err := apiclient.New(root.UserKubeconfig(pki.Kubelet))
	if err != nil {
		return err
	}
	s := supervisor.New(components.NodeComponents(root, node, answers(client), tellStarting(client, node.Name())), root.Log, status)
	s.Start(context.WithoutCancel(ctx))
	status.Change(func(s *supervisor.Status) { s.Ready = true }) // as soon as all components are
	<-ctx.Done()

	// In order: what would start Pods again, the Pods, the rest.
	s.Stop(nodeControllersGrace, components.NodeControllers...)
	if err := stopContainers(containersGrace); err != nil {
		slog.Warn("the containers are killed", "error", err)
	}
	s.Stop(containerdGrace, "containerd")
	return nil
}
