// Package nodeaddresses publishes the address at which the host reaches each node. The ExternalIP in a Node's status is
// the loopback address on which the load balancer serves the node's NodePorts. Package controlplane runs it.
//
// It does what the node controller of a cloud controller manager does. A kubelet with --cloud-provider=external does
// not change the addresses of its Node, and registers it with a taint that this controller removes once the addresses
// are set: https://kubernetes.io/docs/tasks/administer-cluster/running-cloud-controller/.
package nodeaddresses

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	listers "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	cloudprovider "k8s.io/cloud-provider/api"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/syncqueue"
)

// Run initializes nodes and restores changed addresses until ctx ends.
func Run(ctx context.Context, client kubernetes.Interface) error {
	factory := informers.NewSharedInformerFactory(client, 0)
	nodes := factory.Core().V1().Nodes()
	// Half of the usual delays: a new node runs no Pod until it is initialized.
	queue := syncqueue.NewWithDelays(50*time.Millisecond, 5*time.Second)
	if _, err := nodes.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: queue.AddObject, UpdateFunc: func(_, node any) { queue.AddObject(node) },
	}); err != nil {
		return fmt.Errorf("watch the nodes: %w", err)
	}
	factory.Start(ctx.Done())
	queue.Work(ctx, func(ctx context.Context, node cache.ObjectName) error {
		err := initialize(ctx, client, nodes.Lister(), node.Name)
		if err != nil {
			slog.Warn("initializing a node failed", "node", node.Name, "error", err)
		}
		return err
	})
	return nil
}

// initialize sets the addresses of a node, then removes the taint. It ignores nodes that do not belong to the cluster.
func initialize(ctx context.Context, client kubernetes.Interface, nodes listers.NodeLister, name string) error {
	own, err := layout.ParseNode(name)
	if err != nil {
		return nil
	}
	node, err := nodes.Get(name)
	if err != nil {
		return nil // deleted
	}
	if want := addresses(own); !slices.Equal(node.Status.Addresses, want) {
		patch, err := json.Marshal(map[string]any{"status": map[string]any{"addresses": want}})
		if err != nil {
			return err
		}
		// A strategic merge would keep the addresses of other types.
		node, err = client.CoreV1().Nodes().Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{}, "status")
		if err != nil {
			return fmt.Errorf("set the addresses: %w", err)
		}
	}
	uninitialized := func(taint corev1.Taint) bool { return taint.Key == cloudprovider.TaintExternalCloudProvider }
	if !slices.ContainsFunc(node.Spec.Taints, uninitialized) {
		return nil
	}
	node = node.DeepCopy()
	node.Spec.Taints = slices.DeleteFunc(node.Spec.Taints, uninitialized)
	_, err = client.CoreV1().Nodes().Update(ctx, node, metav1.UpdateOptions{})
	if apierrors.IsConflict(err) {
		return nil // the other change arrives as an event
	}
	if err != nil {
		return fmt.Errorf("remove the taint: %w", err)
	}
	return nil
}

func addresses(node layout.Node) []corev1.NodeAddress {
	return []corev1.NodeAddress{
		{Type: corev1.NodeInternalIP, Address: node.IP()},
		{Type: corev1.NodeExternalIP, Address: node.HostIP()},
		{Type: corev1.NodeHostName, Address: node.Name()},
	}
}
