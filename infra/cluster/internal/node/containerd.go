package node

import (
	"context"
	"fmt"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"

	"example.com/kubernetes-networking/infra/cluster/internal/hostcheck"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

// containerdSocket is in the node's own /run.
const containerdSocket = "/run/containerd/containerd.sock"

const (
	// containersGrace is the time between SIGTERM and SIGKILL for containers, in whole seconds.
	containersGrace = 2 * time.Second
	// criTimeout is how long containerd may take in addition.
	criTimeout = 2 * time.Second
)

// containerd runs the Pods. Before it ends, it stops all containers.
func containerd(root layout.Root) supervisor.Component {
	return supervisor.Component{
		Name:    "containerd",
		Command: []string{root.Bin("containerd"), "--config", root.State("containerd.toml")},
		Log:     root.Log("containerd"),
		Ready:   supervisor.Dial("unix", containerdSocket),
		Stop:    supervisor.Stop{Step: stopContainers, Before: endContainers, Grace: time.Second},
	}
}

// snapshotter returns containerd's way to stack image layers: overlay mounts, or copies if the file system of the state
// folder cannot hold the upper layer of an overlay, as in a container.
func snapshotter(root layout.Root) string {
	if hostcheck.Overlay(root.State()) != nil {
		return "native"
	}
	return "overlayfs"
}

// endContainers stops all containers of the node at once, each with the signal that its image defines, and kills them
// after containersGrace.
func endContainers() error {
	ctx, cancel := context.WithTimeout(context.Background(), containersGrace+criTimeout)
	defer cancel()
	connection, err := grpc.NewClient("unix://"+containerdSocket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return fmt.Errorf("connect to containerd: %w", err)
	}
	defer connection.Close()
	runtime := cri.NewRuntimeServiceClient(connection)
	running := &cri.ContainerFilter{State: &cri.ContainerStateValue{State: cri.ContainerState_CONTAINER_RUNNING}}
	list, err := runtime.ListContainers(ctx, &cri.ListContainersRequest{Filter: running})
	if err != nil {
		return fmt.Errorf("list the containers: %w", err)
	}
	var group sync.WaitGroup
	for _, container := range list.GetContainers() {
		group.Go(func() {
			// A container that fails to stop is killed with the node.
			_, _ = runtime.StopContainer(ctx, &cri.StopContainerRequest{
				ContainerId: container.GetId(), Timeout: int64(containersGrace.Seconds()),
			})
		})
	}
	group.Wait()
	return nil
}
