package network

import (
	"context"
	"fmt"
	"time"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	appsclient "k8s.io/client-go/kubernetes/typed/apps/v1"
	coreclient "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
)

// partOf selects the demo's own workloads.
const partOf = "app.kubernetes.io/part-of=kubernetes-networking"

// Reader reads one namespace.
type Reader struct {
	namespace string
	host      string
	apps      appsclient.AppsV1Interface
	core      coreclient.CoreV1Interface
}

// NewReader returns a Reader of namespace on the API server that config describes. It needs the verb list for
// deployments and statefulsets (group apps), services and pods.
func NewReader(config *rest.Config, namespace string) (*Reader, error) {
	config = rest.CopyConfig(config)
	config.UserAgent = "kubernetes-networking-explorer"
	// The binary form is a third of the JSON. A server that does not speak it may answer in JSON.
	config.ContentType = "application/vnd.kubernetes.protobuf"
	config.AcceptContentTypes = config.ContentType + ",application/json"
	// The API server limits its clients by itself, and fairly; the client's own limit only makes the page slow.
	config.QPS = -1
	appsClient, err := appsclient.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("make a client for workloads: %w", err)
	}
	coreClient, err := coreclient.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("make a client for Services and Pods: %w", err)
	}
	return &Reader{namespace: namespace, host: config.Host, apps: appsClient, core: coreClient}, nil
}

// objects are the lists that a picture is made of.
type objects struct {
	deployments  *apps.DeploymentList
	statefulSets *apps.StatefulSetList
	services     *core.ServiceList
	pods         *core.PodList
}

// Read returns the network as it is now. Its errors are one sentence for a person each.
func (r *Reader) Read(ctx context.Context) (Network, error) {
	found, err := r.list(ctx)
	if err != nil {
		return Network{}, err
	}
	return Network{Namespace: r.namespace, ObservedAt: time.Now().UTC(), Workloads: join(found)}, nil
}

func (r *Reader) list(ctx context.Context) (objects, error) {
	var found objects
	var err error
	ours := meta.ListOptions{LabelSelector: partOf}
	if found.deployments, err = r.apps.Deployments(r.namespace).List(ctx, ours); err != nil {
		return found, r.explain("deployments", err)
	}
	if found.statefulSets, err = r.apps.StatefulSets(r.namespace).List(ctx, ours); err != nil {
		return found, r.explain("statefulsets", err)
	}
	// Services and Pods belong to a workload by selectors, which is how Kubernetes sees it; not by our label.
	if found.services, err = r.core.Services(r.namespace).List(ctx, meta.ListOptions{}); err != nil {
		return found, r.explain("services", err)
	}
	if found.pods, err = r.core.Pods(r.namespace).List(ctx, meta.ListOptions{}); err != nil {
		return found, r.explain("pods", err)
	}
	return found, nil
}
