package networkpolicies

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

const (
	// retryAfter is the time after which rules that the kernel did not accept are written again.
	retryAfter = time.Second
	// assignTimeout limits how long a new Pod waits for its rules. The kubelet tries again afterwards.
	assignTimeout = 30 * time.Second
)

// Controller keeps the rules of a node in line with the API. Its goroutine alone uses the state.
type Controller struct {
	node    string
	state   *State
	publish func(ctx context.Context, a Assignment) error
	changes chan func()
	// synced is set once the state has all Pods, namespaces and policies. Rules of a part of them could allow too much.
	synced bool
	// pods holds the Pods of the API that have an address, or wait for one.
	pods map[key]*corev1.Pod
	// assigned holds the addresses that the CNI plugin has given to Pods, by their UID. The API shows them later. owners
	// holds the UID of the last Pod that was given an address.
	assigned map[string]netip.Addr
	owners   map[netip.Addr]string
	// waiting holds the channels of assignments whose Pod the API has not shown yet, by UID.
	waiting map[string][]chan error
	// done holds the channels of assignments that the next write to the kernel completes.
	done []chan error
}

// NewController returns a controller for a node. publish announces the address of a new Pod to other nodes.
func NewController(node string, state *State, publish func(ctx context.Context, a Assignment) error) *Controller {
	return &Controller{
		node: node, state: state, publish: publish, changes: make(chan func(), 256),
		pods: map[key]*corev1.Pod{}, assigned: map[string]netip.Addr{}, owners: map[netip.Addr]string{}, waiting: map[string][]chan error{},
	}
}

// Run writes the rules until ctx ends. It calls ready when those of all current Pods and policies are in the kernel.
func (c *Controller) Run(ctx context.Context, client kubernetes.Interface, ready func()) error {
	factory := informers.NewSharedInformerFactory(client, 0)
	var handled []cache.InformerSynced
	for informer, handle := range map[cache.SharedInformer]func(object any, deleted bool){
		factory.Core().V1().Pods().Informer():                  c.handlePod,
		factory.Core().V1().Namespaces().Informer():            c.handleNamespace,
		factory.Networking().V1().NetworkPolicies().Informer(): c.handlePolicy,
	} {
		change := func(object any, deleted bool) {
			c.send(ctx, func() { handle(object, deleted) })
		}
		registration, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc:    func(object any) { change(object, false) },
			UpdateFunc: func(_, object any) { change(object, false) },
			DeleteFunc: func(object any) {
				if last, missed := object.(cache.DeletedFinalStateUnknown); missed {
					object = last.Obj
				}
				change(object, true)
			},
		})
		if err != nil {
			return err
		}
		handled = append(handled, registration.HasSynced)
	}
	factory.Start(ctx.Done())
	go func() {
		if cache.WaitForCacheSync(ctx.Done(), handled...) {
			c.send(ctx, func() { c.synced, c.done = true, append(c.done, notify(ready)) })
		}
	}()
	return c.loop(ctx)
}

// notify returns a channel that calls f when it receives nil.
func notify(f func()) chan error {
	result := make(chan error, 1)
	go func() {
		if <-result == nil {
			f()
		}
	}()
	return result
}

func (c *Controller) send(ctx context.Context, change func()) {
	select {
	case c.changes <- change:
	case <-ctx.Done():
	}
}

// loop makes the changes that have arrived, and writes them to the kernel together.
func (c *Controller) loop(ctx context.Context) error {
	var retry <-chan time.Time
	for {
		select {
		case change := <-c.changes:
			change()
		case <-retry:
		case <-ctx.Done():
			return nil
		}
		for more := true; more; {
			select {
			case change := <-c.changes:
				change()
			default:
				more = false
			}
		}
		if !c.synced {
			continue
		}
		retry = nil
		if err := c.state.Apply(ctx); err != nil {
			slog.Error("cannot write the rules of the NetworkPolicies", "error", err)
			retry = time.After(retryAfter)
			continue
		}
		for _, result := range c.done {
			result <- nil
		}
		c.done = c.done[:0]
	}
}

func (c *Controller) handlePod(object any, deleted bool) {
	pod := object.(*corev1.Pod)
	id := key{pod.Namespace, pod.Name}
	current := c.pods[id]
	if current != nil && current.UID != pod.UID && deleted {
		return // the Pod has a successor of the same name
	}
	if current != nil && (current.UID != pod.UID || deleted) {
		c.forget(current)
	}
	if deleted {
		return
	}
	c.pods[id] = pod
	c.setPod(pod)
	c.done = append(c.done, c.waiting[uid(pod)]...)
	delete(c.waiting, uid(pod))
}

// forget removes a Pod that the API has no more.
func (c *Controller) forget(pod *corev1.Pod) {
	delete(c.pods, key{pod.Namespace, pod.Name})
	if ip, found := c.assigned[uid(pod)]; found && c.owners[ip] == uid(pod) {
		delete(c.owners, ip)
	}
	delete(c.assigned, uid(pod))
	c.state.DeletePod(pod.Namespace, pod.Name)
}

// uid returns the UID by which the kubelet and the CNI plugins know a Pod. The API shows a static Pod with another one.
func uid(pod *corev1.Pod) string {
	if of := pod.Annotations[corev1.MirrorPodAnnotationKey]; of != "" {
		return of
	}
	return string(pod.UID)
}

func (c *Controller) setPod(pod *corev1.Pod) {
	read, running := readPod(pod, c.node)
	if !running {
		c.state.DeletePod(pod.Namespace, pod.Name)
		return
	}
	if ip, found := c.assigned[uid(pod)]; found {
		read.IP, read.Announced = ip, netip.Addr{}
	}
	if owner, found := c.owners[read.IP]; found && owner != uid(pod) { // this Pod has ended, and the API does not show it yet
		c.state.DeletePod(pod.Namespace, pod.Name)
		return
	}
	c.state.SetPod(read)
}

func (c *Controller) handleNamespace(object any, deleted bool) {
	namespace := object.(*corev1.Namespace)
	if deleted {
		c.state.DeleteNamespace(namespace.Name)
		return
	}
	c.state.SetNamespace(namespace.Name, labels.Set(namespace.Labels))
}

func (c *Controller) handlePolicy(object any, deleted bool) {
	policy := object.(*networkingv1.NetworkPolicy)
	if deleted {
		c.state.DeletePolicy(policy.Namespace, policy.Name)
		return
	}
	if err := c.state.SetPolicy(policy); err != nil {
		slog.Error("cannot apply a NetworkPolicy", "policy", policy.Namespace+"/"+policy.Name, "error", err)
	}
}

// Assign notes the address that the CNI plugin has given to a new Pod of this node. It returns when the Pod's rules are
// in the kernel.
func (c *Controller) Assign(ctx context.Context, a Assignment) error {
	ctx, cancel := context.WithTimeout(ctx, assignTimeout)
	defer cancel()
	result := make(chan error, 1)
	c.send(ctx, func() {
		c.assigned[a.UID], c.owners[a.IP] = a.IP, a.UID
		if pod := c.pods[key{a.Namespace, a.Name}]; pod != nil && uid(pod) == a.UID {
			c.setPod(pod)
			c.done = append(c.done, result)
			return
		}
		c.waiting[a.UID] = append(c.waiting[a.UID], result)
	})
	// The kubelet would publish the address after the start of the containers, and until then other nodes drop the Pod's
	// packets.
	if err := c.publish(ctx, a); err != nil {
		slog.Warn("cannot publish the address of a new Pod; the kubelet does so later", "pod", a.Namespace+"/"+a.Name, "error", err)
	}
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return fmt.Errorf("the NetworkPolicies of Pod %s/%s are not in force after %s", a.Namespace, a.Name, assignTimeout)
	}
}
