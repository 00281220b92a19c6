// Package loadbalancer lets programs on the host reach the cluster on loopback addresses. A Service of type
// LoadBalancer gets an address of its own (127.80.0.x). NodePorts and hostPorts of Pods answer on one address for each
// node (127.81.0.x).
//
// `cluster` runs it as a process in the control plane's network namespace. Controller watches the API and decides which
// listeners exist (services.go, nodeports.go, hostports.go); forwards opens them on the host; package hostnet copies
// the bytes.
package loadbalancer

import (
	"context"
	"errors"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	listers "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"

	"example.com/kubernetes-networking/infra/cluster/internal/syncqueue"
)

const component = "load-balancer"

// workers is the number of Services that are published at once. The API server of a busy machine takes 0.1 s for each.
const workers = 8

// Controller opens a listener on the host for each port of a Service, and publishes the address in the Service's
// status.
type Controller struct {
	client   kubernetes.Interface
	services listers.ServiceLister
	nodes    *nodes
	recorder record.EventRecorder
	queue    *syncqueue.Queue
	start    func(stop <-chan struct{})
	synced   []cache.InformerSynced

	// mutex guards the fields below it. No request to the API is sent while it is held.
	mutex         sync.Mutex
	addresses     *addresses
	balancers     map[cache.ObjectName]*balancer
	loadBalancers *forwards
	nodePorts     *forwards

	hostPorts *hostPorts
}

// New returns a controller that opens its sockets on host. The add-on loadbalancer.yaml grants it its rights in the
// API.
func New(client kubernetes.Interface, host Host) (*Controller, error) {
	factory := informers.NewSharedInformerFactory(client, 0)
	services := factory.Core().V1().Services()
	nodeInformer := factory.Core().V1().Nodes()
	endpointSlices := factory.Discovery().V1().EndpointSlices()
	pods := factory.Core().V1().Pods()
	events := record.NewBroadcaster()
	events.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: client.CoreV1().Events("")})
	c := &Controller{
		client:   client,
		services: services.Lister(),
		nodes:    &nodes{nodeInformer.Lister(), endpointSlices.Lister()},
		recorder: events.NewRecorder(scheme.Scheme, corev1.EventSource{Component: component}),
		queue:    syncqueue.New(),
		start:    factory.Start,
		synced: []cache.InformerSynced{
			services.Informer().HasSynced, nodeInformer.Informer().HasSynced, endpointSlices.Informer().HasSynced, pods.Informer().HasSynced,
		},
		addresses:     newAddresses(),
		balancers:     map[cache.ObjectName]*balancer{},
		loadBalancers: newForwards(host),
		nodePorts:     newForwards(host),
	}
	_, servicesErr := services.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    c.queue.AddObject,
		UpdateFunc: func(_, service any) { c.queue.AddObject(service) },
		DeleteFunc: c.queue.AddObject,
	})
	// The node of a connection is chosen when a client connects, so a change of the nodes affects only the listeners
	// for NodePorts and hostPorts.
	_, nodesErr := nodeInformer.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(any) { c.enqueueAll() },
		UpdateFunc: func(before, after any) {
			if internalIP(before.(*corev1.Node)) != internalIP(after.(*corev1.Node)) {
				c.enqueueAll()
			}
		},
		DeleteFunc: func(any) { c.enqueueAll() },
	})
	var podsErr error
	c.hostPorts, podsErr = newHostPorts(pods, c.nodes, c.recorder, host)
	return c, errors.Join(servicesErr, nodesErr, podsErr)
}

func (c *Controller) enqueueAll() {
	for _, service := range c.allServices() {
		c.queue.AddObject(service)
	}
	c.hostPorts.enqueueAll()
}

func (c *Controller) allServices() []*corev1.Service {
	all, _ := c.services.List(labels.Everything()) // a lister of a cache returns no error
	return all
}

// Run serves Services until ctx ends. It then closes all listeners.
func (c *Controller) Run(ctx context.Context) error {
	c.start(ctx.Done())
	if !cache.WaitForNamedCacheSync(component, ctx.Done(), c.synced...) {
		return ctx.Err()
	}
	for _, service := range c.allServices() {
		if wanted(service) {
			c.addresses.restore(cache.MetaObjectToName(service), published(service), portsOf(service))
		}
	}
	var pods sync.WaitGroup
	pods.Go(func() { c.hostPorts.run(ctx) })
	defer pods.Wait()
	defer c.loadBalancers.closeAll()
	defer c.nodePorts.closeAll()
	var all sync.WaitGroup
	for range workers {
		all.Go(func() { c.queue.Work(ctx, c.sync) })
	}
	all.Wait()
	return nil
}

// sync opens and closes the listeners of one Service, and publishes its status.
func (c *Controller) sync(ctx context.Context, key cache.ObjectName) error {
	service, err := c.services.Services(key.Namespace).Get(key.Name)
	if err != nil { // a lister returns only NotFound
		c.forget(key)
		return nil
	}
	for _, n := range notices(service) {
		c.recorder.Event(service, n.eventType, n.reason, n.message)
	}
	status, err := c.listen(ctx, key, service)
	if publishErr := c.publish(ctx, service, status); publishErr != nil {
		return errors.Join(err, publishErr)
	}
	if !wanted(service) {
		c.release(key)
	}
	return err
}

// listen opens and closes the listeners of a Service, and returns the status to publish.
func (c *Controller) listen(ctx context.Context, key cache.ObjectName, service *corev1.Service) (status, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	nodePortsErr := c.syncNodePorts(ctx, key, service)
	status, err := c.syncAddress(ctx, key, service)
	return status, errors.Join(nodePortsErr, err)
}

// forget closes the listeners of a deleted Service and frees its address.
func (c *Controller) forget(key cache.ObjectName) {
	c.mutex.Lock()
	c.loadBalancers.close(key)
	c.nodePorts.close(key)
	c.mutex.Unlock()
	c.release(key)
}
