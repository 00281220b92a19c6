// Package loadbalancer lets programs on the host reach the cluster's Services on loopback addresses: each Service of type
// LoadBalancer on one of its own, and every NodePort and every port that a Pod takes of its node on one for each node.
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
	"k8s.io/client-go/util/workqueue"
)

const component = "load-balancer"

// workers is how many Services are published at once: on a busy machine, the API server takes a tenth of a second for each.
const workers = 8

// Controller makes the listeners on the host what the Services and nodes say.
type Controller struct {
	client   kubernetes.Interface
	services listers.ServiceLister
	nodes    *nodes
	recorder record.EventRecorder
	queue    workqueue.TypedRateLimitingInterface[string]
	start    func(stop <-chan struct{})
	synced   []cache.InformerSynced

	// mutex guards the fields below it. No request to the API is sent while it is held.
	mutex         sync.Mutex
	addresses     *addresses
	balancers     map[string]*balancer
	loadBalancers *forwards
	nodePorts     *forwards

	hostPorts *hostPorts
}

// New makes a controller that opens its sockets on host. What it may do with the API is in the add-ons'
// loadbalancer.yaml.
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
		queue:    newQueue(),
		start:    factory.Start,
		synced: []cache.InformerSynced{
			services.Informer().HasSynced, nodeInformer.Informer().HasSynced, endpointSlices.Informer().HasSynced, pods.Informer().HasSynced,
		},
		addresses:     newAddresses(),
		balancers:     map[string]*balancer{},
		loadBalancers: newForwards(host),
		nodePorts:     newForwards(host),
	}
	_, servicesErr := services.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    c.enqueue,
		UpdateFunc: func(_, service any) { c.enqueue(service) },
		DeleteFunc: c.enqueue,
	})
	// Which node a connection goes to is decided when it is made. Nodes that come and go change only the listeners of
	// NodePorts and of Pods' ports.
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

func (c *Controller) enqueue(object any) {
	if key, err := cache.DeletionHandlingMetaNamespaceKeyFunc(object); err == nil {
		c.queue.Add(key)
	}
}

func (c *Controller) enqueueAll() {
	for _, service := range c.allServices() {
		c.queue.Add(keyOf(service))
	}
	c.hostPorts.enqueueAll()
}

func (c *Controller) allServices() []*corev1.Service {
	all, _ := c.services.List(labels.Everything()) // a cache has no errors
	return all
}

// Run works until ctx ends.
func (c *Controller) Run(ctx context.Context) error {
	c.start(ctx.Done())
	if !cache.WaitForNamedCacheSync(component, ctx.Done(), c.synced...) {
		return ctx.Err()
	}
	for _, service := range c.allServices() {
		if wanted(service) {
			c.addresses.restore(keyOf(service), published(service), portsOf(service))
		}
	}
	var pods sync.WaitGroup
	pods.Go(func() { c.hostPorts.run(ctx) })
	defer pods.Wait()
	defer c.loadBalancers.closeAll()
	defer c.nodePorts.closeAll()
	var all sync.WaitGroup
	for range workers {
		all.Go(func() { work(ctx, c.queue, c.sync) })
	}
	all.Wait()
	return nil
}

// sync makes the listeners of one Service what it says.
func (c *Controller) sync(ctx context.Context, key string) error {
	namespace, name, err := cache.SplitMetaNamespaceKey(key)
	if err != nil {
		return nil // a key that can't be read won't be readable later
	}
	service, err := c.services.Services(namespace).Get(name)
	if err != nil { // the only one of a cache: it is gone
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
func (c *Controller) listen(ctx context.Context, key string, service *corev1.Service) (status, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	nodePortsErr := c.syncNodePorts(ctx, key, service)
	status, err := c.syncAddress(ctx, key, service)
	return status, errors.Join(nodePortsErr, err)
}

// forget closes the listeners of a Service that has been deleted.
func (c *Controller) forget(key string) {
	c.mutex.Lock()
	c.loadBalancers.close(key)
	c.nodePorts.close(key)
	c.mutex.Unlock()
	c.release(key)
}

func keyOf(service *corev1.Service) string { return service.Namespace + "/" + service.Name }
