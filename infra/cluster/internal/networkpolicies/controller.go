package networkpolicies

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/cloudnativelabs/kube-router/v2/pkg/controllers/netpol"
	"github.com/cloudnativelabs/kube-router/v2/pkg/options"
	"github.com/cloudnativelabs/kube-router/v2/pkg/utils"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"

	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

// newController returns the controller after its caches are synced and its node is registered. The add-on
// podnetwork.yaml grants it its rights in the API.
func newController(ctx context.Context, client kubernetes.Interface, config *options.KubeRouterConfig,
	iptables map[corev1.IPFamily]utils.IPTablesHandler, sets map[corev1.IPFamily]utils.IPSetHandler,
) (*netpol.NetworkPolicyController, error) {
	factory := informers.NewSharedInformerFactory(client, 0)
	pods := factory.Core().V1().Pods().Informer()
	namespaces := factory.Core().V1().Namespaces().Informer()
	policies := factory.Networking().V1().NetworkPolicies().Informer()
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())

	if err := supervisor.Poll(ctx, 50*time.Millisecond, nodeHasAddress(client, config.HostnameOverride)); err != nil {
		return nil, err
	}
	controller, err := netpol.NewNetworkPolicyController(client, config, pods, policies, namespaces, &sync.Mutex{}, iptables, sets)
	if err != nil {
		return nil, fmt.Errorf("create kube-router's network policy controller: %w", err)
	}
	for _, watched := range []struct {
		informer cache.SharedInformer
		handler  cache.ResourceEventHandler
	}{
		{pods, controller.PodEventHandler},
		{namespaces, controller.NamespaceEventHandler},
		{policies, controller.NetworkPolicyEventHandler},
	} {
		if _, err := watched.informer.AddEventHandler(watched.handler); err != nil {
			return nil, err
		}
	}
	return controller, nil
}

// nodeHasAddress checks that the kubelet has registered the node: the controller needs its address to find its Pods.
func nodeHasAddress(client kubernetes.Interface, name string) func(context.Context) error {
	return func(ctx context.Context) error {
		node, err := client.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
		if err == nil && len(node.Status.Addresses) == 0 {
			err = fmt.Errorf("node %s has no address yet", name)
		}
		return err
	}
}
