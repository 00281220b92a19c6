package loadbalancer

import (
	"context"
	"errors"
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	coreinformers "k8s.io/client-go/informers/core/v1"
	listers "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
	"k8s.io/client-go/util/workqueue"

	"example.com/kubernetes-networking/infra/cluster/internal/hostnet"
)

// hostPorts lets the host reach the ports that Pods take of their nodes, on the address of each node's own.
type hostPorts struct {
	pods     listers.PodLister
	nodes    *nodes
	recorder record.EventRecorder
	queue    workqueue.TypedRateLimitingInterface[string]
	forwards *forwards
}

func newHostPorts(pods coreinformers.PodInformer, nodes *nodes, recorder record.EventRecorder, host Host) (*hostPorts, error) {
	h := &hostPorts{pods: pods.Lister(), nodes: nodes, recorder: recorder, queue: newQueue(), forwards: newForwards(host)}
	enqueue := func(object any) {
		if key, err := cache.DeletionHandlingMetaNamespaceKeyFunc(object); err == nil {
			h.queue.Add(key)
		}
	}
	_, err := pods.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: enqueue, UpdateFunc: func(_, pod any) { enqueue(pod) }, DeleteFunc: enqueue,
	})
	return h, errors.Join(err, pods.Informer().SetTransform(portsOnly))
}

// portsOnly keeps the fields of a Pod that this package reads. The others, such as environment variables, are large and may be
// secret.
func portsOnly(object any) (any, error) {
	pod, isPod := object.(*corev1.Pod)
	if !isPod {
		return object, nil
	}
	kept := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Name, UID: pod.UID, ResourceVersion: pod.ResourceVersion},
		Spec:       corev1.PodSpec{NodeName: pod.Spec.NodeName},
		Status:     corev1.PodStatus{Phase: pod.Status.Phase},
	}
	for _, container := range append(pod.Spec.InitContainers, pod.Spec.Containers...) {
		kept.Spec.Containers = append(kept.Spec.Containers, corev1.Container{Ports: container.Ports})
	}
	return kept, nil
}

// enqueueAll syncs all Pods, such as when a node has got its address.
func (h *hostPorts) enqueueAll() {
	all, _ := h.pods.List(labels.Everything()) // a cache has no errors
	for _, pod := range all {
		h.queue.Add(pod.Namespace + "/" + pod.Name)
	}
}

func (h *hostPorts) run(ctx context.Context) {
	defer h.forwards.closeAll()
	work(ctx, h.queue, h.sync)
}

// sync opens the listeners for the ports of a Pod that runs, and closes those of any other Pod.
func (h *hostPorts) sync(ctx context.Context, key string) error {
	namespace, name, err := cache.SplitMetaNamespaceKey(key)
	if err != nil {
		return nil // a key that can't be read won't be readable later
	}
	pod, err := h.pods.Pods(namespace).Get(name)
	if err != nil || pod.Status.Phase != corev1.PodRunning { // a cache returns no other error than NotFound
		h.forwards.close(key)
		return nil
	}
	want := map[front]hostnet.Route{}
	for _, node := range h.nodes.all() {
		if node.Name != pod.Spec.NodeName {
			continue
		}
		for _, p := range portsOfHost(pod, internalIP(node)) {
			forwardPort(want, node, p)
		}
	}
	err = h.forwards.set(ctx, key, want)
	if err != nil {
		h.recorder.Event(pod, corev1.EventTypeWarning, "HostPortTaken", err.Error())
	}
	return err
}

// portsOfHost returns the ports of its node, at the node's address, that lead to a Pod.
func portsOfHost(pod *corev1.Pod, node netip.Addr) []port {
	var ports []port
	for _, container := range pod.Spec.Containers {
		for _, p := range container.Ports {
			everywhere := p.HostIP == "" || p.HostIP == "0.0.0.0" || p.HostIP == node.String()
			if p.HostPort != 0 && everywhere && (p.Protocol == corev1.ProtocolTCP || p.Protocol == corev1.ProtocolUDP) {
				ports = append(ports, port{p.Protocol, p.HostPort})
			}
		}
	}
	return ports
}
