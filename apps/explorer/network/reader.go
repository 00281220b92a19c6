package network

import (
	"context"
	"time"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
)

// partOf selects the demo's own workloads.
const partOf = "app.kubernetes.io/part-of=kubernetes-networking"

// Reader reads one namespace.
type Reader struct {
	namespace  string
	host       string
	apps, core rest.Interface
}

// NewReader returns a Reader of namespace on the API server that config describes. It needs the verb list for
// deployments and statefulsets (group apps), services and pods.
func NewReader(config *rest.Config, namespace string) (*Reader, error) {
	appsClient, err := client(config, "/apis", apps.SchemeGroupVersion)
	if err != nil {
		return nil, err
	}
	coreClient, err := client(config, "/api", core.SchemeGroupVersion)
	if err != nil {
		return nil, err
	}
	return &Reader{namespace: namespace, host: config.Host, apps: appsClient, core: coreClient}, nil
}

// objects are the lists that a picture is made of.
type objects struct {
	deployments  apps.DeploymentList
	statefulSets apps.StatefulSetList
	services     core.ServiceList
	pods         core.PodList
}

// Read returns the network as it is now. Its errors are *Unavailable.
func (r *Reader) Read(ctx context.Context) (Network, error) {
	var found objects
	// Services and Pods belong to a workload by selectors, which is how Kubernetes sees it; not by our label.
	for _, list := range []struct {
		from     rest.Interface
		resource string
		selector string
		into     runtime.Object
	}{
		{r.apps, "deployments", partOf, &found.deployments},
		{r.apps, "statefulsets", partOf, &found.statefulSets},
		{r.core, "services", "", &found.services},
		{r.core, "pods", "", &found.pods},
	} {
		options := &meta.ListOptions{LabelSelector: list.selector}
		err := list.from.Get().Namespace(r.namespace).Resource(list.resource).
			VersionedParams(options, runtime.NewParameterCodec(types)).Do(ctx).Into(list.into)
		if err != nil {
			return Network{}, r.explain(list.resource, err)
		}
	}
	return Network{Namespace: r.namespace, ObservedAt: time.Now().UTC(), Workloads: join(found)}, nil
}
