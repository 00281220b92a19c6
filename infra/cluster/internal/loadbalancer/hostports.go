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

	"example.com/kubernetes-networking/infra/cluster/internal/hostnet"
	"example.com/kubernetes-networking/infra/cluster/internal/syncqueue"
)

// hostPorts opens listeners for the hostPorts of Pods, on the address of each Pod's node.
type hostPorts struct {
	pods     listers.PodLister
	nodes    *nodes
	recorder record.EventRecorder
	queue    *syncqueue.Queue
	forwards *forwards
}

func newHostPorts(pods coreinformers.PodInformer, nodes *nodes, recorder record.EventRecorder, host Host) (*hostPorts, error) {
	h := &hostPorts{pods: pods.Lister(), nodes: nodes, recorder: recorder, queue: syncqueue.New(), forwards: newForwards(host)}
	_, err := pods.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: h.queue.AddObject, UpdateFunc: func(_, pod any) { h.queue.AddObject(pod) }, DeleteFunc: h.queue.AddObject,
	})
	return h, errors.Join(err, pods.Informer().SetTransform(portsOnly))
}

// portsOnly drops the fields of a Pod that this package does not read. Some, such as environment variables, are large
// or secret.
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

// enqueueAll syncs all Pods, after a change of the nodes.
func (h *hostPorts) enqueueAll() {
	all, _ := h.pods.List(labels.Everything()) // a lister of a cache returns no error
	for _, pod := range all {
		h.queue.AddObject(pod)
	}
}

func (h *hostPorts) run(ctx context.Context) {
	defer h.forwards.closeAll()
	h.queue.Work(ctx, h.sync)
}

// sync opens the listeners of a running Pod, and closes those of any other Pod.
func (h *hostPorts) sync(ctx context.Context, key cache.ObjectName) error {
	pod, err := h.pods.Pods(key.Namespace).Get(key.Name)
	if err != nil || pod.Status.Phase != corev1.PodRunning { // a lister returns only NotFound
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

// portsOfHost returns the hostPorts of a Pod that answer on the address of its node.
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
