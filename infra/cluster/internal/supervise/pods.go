package supervise

import (
	"context"
	"fmt"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"

	"example.com/kubernetes-networking/infra/cluster/internal/components"
)

// criTimeout bounds what containerd takes beside the containers' own grace period.
const criTimeout = 2 * time.Second

// stopContainers asks every container of the node to end, as its image wants to be asked, all at once. What has not ended
// after grace, in whole seconds, is killed.
func stopContainers(grace time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), grace+criTimeout)
	defer cancel()
	connection, err := grpc.NewClient("unix://"+components.ContainerdSocket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return fmt.Errorf("reach containerd: %w", err)
	}
	defer connection.Close()
	runtime := cri.NewRuntimeServiceClient(connection)
	running := &cri.ContainerFilter{State: &cri.ContainerStateValue{State: cri.ContainerState_CONTAINER_RUNNING}}
	list, err := runtime.ListContainers(ctx, &cri.ListContainersRequest{Filter: running})
	if err != nil {
		return fmt.Errorf("list the containers: %w", err)
	}
	var all sync.WaitGroup
	for _, container := range list.GetContainers() {
		all.Go(func() {
			// One that can't be stopped is killed with the node.
			_, _ = runtime.StopContainer(ctx, &cri.StopContainerRequest{ContainerId: container.GetId(), Timeout: int64(grace.Seconds())})
		})
	}
	all.Wait()
	return nil
}
