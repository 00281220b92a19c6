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

// newController makes the controller, with all that it watches already read. What it may read of the API is in the
// add-ons' networkpolicies.yaml.
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
		return nil, fmt.Errorf("make kube-router's network policy controller: %w", err)
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

// nodeHasAddress checks that the kubelet has registered the node: the controller looks for its Pods by the address.
func nodeHasAddress(client kubernetes.Interface, name string) func(context.Context) error {
	return func(ctx context.Context) error {
		node, err := client.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
		if err == nil && len(node.Status.Addresses) == 0 {
			err = fmt.Errorf("node %s has no address yet", name)
		}
		return err
	}
}
