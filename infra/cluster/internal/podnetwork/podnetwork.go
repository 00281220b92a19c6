// Package podnetwork connects the Pods of all nodes. It configures a node's CNI plugins with the node's Pod CIDR
// (cni.go), and sets routes to the Pod CIDRs of the other nodes (routes.go). `cluster` runs it on each node and in the
// control plane.
package podnetwork

import (
	"context"
	"errors"
	"log/slog"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// syncPeriod is the longest time that a foreign change of the routes lasts.
const syncPeriod = time.Minute

// RunNode maintains a node's CNI configuration in folder and its routes to the Pods of other nodes. It returns when ctx
// ends.
func RunNode(ctx context.Context, client kubernetes.Interface, self layout.Node, folder string) error {
	return watchNodes(ctx, client, func(nodes []*corev1.Node) error {
		var others []*corev1.Node
		for _, node := range nodes {
			if node.Name != self.Name() {
				others = append(others, node)
			} else if err := writeCNIConfig(folder, node.Spec.PodCIDR); err != nil {
				return err
			}
		}
		return setRoutes(podRoutes(others))
	})
}

// RunControlPlane maintains the control plane's routes to the Pods of each node and to the ClusterIPs of Services,
// which kube-proxy on any node forwards. It returns when ctx ends.
func RunControlPlane(ctx context.Context, client kubernetes.Interface) error {
	return watchNodes(ctx, client, func(nodes []*corev1.Node) error {
		return setRoutes(append(podRoutes(nodes), serviceRoutes(nodes)...))
	})
}

// watchNodes calls sync with all nodes after each change of a node, after an error, and once every syncPeriod.
func watchNodes(ctx context.Context, client kubernetes.Interface, sync func([]*corev1.Node) error) error {
	factory := informers.NewSharedInformerFactory(client, 0)
	informer := factory.Core().V1().Nodes()
	changed := make(chan struct{}, 1)
	notify := func(any) {
		select {
		case changed <- struct{}{}:
		default: // a sync is pending
		}
	}
	if _, err := informer.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: notify, UpdateFunc: func(_, node any) { notify(node) }, DeleteFunc: notify,
	}); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), informer.Informer().HasSynced) {
		return ctx.Err()
	}
	for {
		nodes, err := informer.Lister().List(labels.Everything())
		if err == nil {
			err = sync(nodes)
		}
		again := time.After(syncPeriod)
		if err != nil {
			slog.Warn("cannot configure the Pod network", "error", err)
			again = time.After(time.Second)
		}
		select {
		case <-changed:
		case <-again:
		case <-ctx.Done():
			return nil
		}
	}
}

func internalIP(node *corev1.Node) (string, error) {
	for _, address := range node.Status.Addresses {
		if address.Type == corev1.NodeInternalIP {
			return address.Address, nil
		}
	}
	return "", errors.New("node " + node.Name + " has no address yet")
}

func ready(node *corev1.Node) bool {
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}
