package supervise

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/components"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/pki"
	"example.com/kubernetes-networking/infra/cluster/internal/sandbox"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

// Grace periods of an orderly stop of a node.
const (
	nodeControllersGrace = time.Second
	podsGrace            = 6 * time.Second
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
	client, err := newClient(root.UserKubeconfig(pki.Kubelet))
	if err != nil {
		return err
	}
	s := supervisor.New(components.NodeComponents(root, node, answers(client), tellStarting(client, node.Name())), root.Log, status)
	s.Start(context.WithoutCancel(ctx))
	status.Change(func(s *supervisor.Status) { s.Ready = true }) // as soon as all components are
	<-ctx.Done()

	// In order: what would start Pods again, the Pods, the rest.
	s.Stop(nodeControllersGrace, components.NodeControllers...)
	stopPods(cgroup, podsGrace)
	s.Stop(containerdGrace, "containerd")
	return nil
}

// stopPods asks every container's processes to end and waits for them. What is left, the end of process 1 kills.
func stopPods(cgroup string, grace time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	asked := map[int]bool{}
	_ = supervisor.Poll(ctx, 50*time.Millisecond, func(context.Context) error {
		pids, err := sandbox.PodProcesses(cgroup)
		if err != nil {
			return nil // no cgroup, no Pods
		}
		for _, pid := range pids {
			if !asked[pid] {
				asked[pid] = true
				_ = syscall.Kill(pid, syscall.SIGTERM) // an error means that it has ended
			}
		}
		if len(pids) > 0 {
			return fmt.Errorf("%d processes are left", len(pids))
		}
		return nil
	})
}
