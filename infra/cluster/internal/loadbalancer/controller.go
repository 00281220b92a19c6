// Package loadbalancer gives each Service of type LoadBalancer a loopback address of the host, and answers there.
package loadbalancer

import (
	"context"
	"fmt"
	"slices"
	"time"

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
	"k8s.io/utils/ptr"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const component = "load-balancer"

// Controller makes the listeners on the host what the Services say.
type Controller struct {
	client    kubernetes.Interface
	services  listers.ServiceLister
	forwards  *forwards
	recorder  record.EventRecorder
	queue     workqueue.TypedRateLimitingInterface[string]
	hasSynced cache.InformerSynced
	start     func(stop <-chan struct{})
}

// New makes a controller. listen opens a listener on the host.
func New(client kubernetes.Interface, listen Listen) (*Controller, error) {
	factory := informers.NewSharedInformerFactory(client, 0)
	informer := factory.Core().V1().Services()
	events := record.NewBroadcaster()
	events.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: client.CoreV1().Events("")})
	c := &Controller{
		client:    client,
		services:  informer.Lister(),
		forwards:  newForwards(listen),
		recorder:  events.NewRecorder(scheme.Scheme, corev1.EventSource{Component: component}),
		hasSynced: informer.Informer().HasSynced,
		start:     factory.Start,
		queue: workqueue.NewTypedRateLimitingQueue(
			workqueue.NewTypedItemExponentialFailureRateLimiter[string](100*time.Millisecond, 10*time.Second)),
	}
	_, err := informer.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    c.enqueue,
		UpdateFunc: func(_, service any) { c.enqueue(service) },
		DeleteFunc: c.enqueue,
	})
	return c, err
}

func (c *Controller) enqueue(object any) {
	if key, err := cache.DeletionHandlingMetaNamespaceKeyFunc(object); err == nil {
		c.queue.Add(key)
	}
}

// Run works until ctx ends.
func (c *Controller) Run(ctx context.Context) error {
	c.start(ctx.Done())
	if !cache.WaitForNamedCacheSync(component, ctx.Done(), c.hasSynced) {
		return ctx.Err()
	}
	stop := context.AfterFunc(ctx, c.queue.ShutDown)
	defer stop()
	defer c.forwards.closeAll()
	// One worker: addresses are given out one at a time.
	for {
		key, shutdown := c.queue.Get()
		if shutdown {
			return nil
		}
		if err := c.sync(ctx, key); err != nil {
			c.queue.AddRateLimited(key)
		} else {
			c.queue.Forget(key)
		}
		c.queue.Done(key)
	}
}

// sync makes one Service answer, or stop answering.
func (c *Controller) sync(ctx context.Context, key string) error {
	namespace, name, err := cache.SplitMetaNamespaceKey(key)
	if err != nil {
		return nil // a key that can't be read won't be readable later
	}
	service, err := c.services.Services(namespace).Get(name)
	if err != nil || !wanted(service) {
		c.forwards.remove(key)
		if err == nil && address(service) != "" {
			return c.publish(ctx, service, nil)
		}
		return nil
	}
	all, err := c.services.List(labels.Everything())
	if err != nil {
		return err
	}
	given := address(service)
	if given == "" {
		if given, err = c.choose(all); err != nil {
			c.recorder.Event(service, corev1.EventTypeWarning, "NoAddress", err.Error())
			return err
		}
	}
	if err := c.forwards.set(ctx, key, given, service); err != nil {
		c.recorder.Event(service, corev1.EventTypeWarning, "PortTaken", err.Error())
		return err
	}
	if address(service) == given {
		return nil
	}
	return c.publish(ctx, service, []corev1.LoadBalancerIngress{{
		IP: given,
		// The address is the host's: kube-proxy must not take what Pods send there for the Service.
		IPMode: ptr.To(corev1.LoadBalancerIPModeProxy),
	}})
}

// choose gives out an address that neither a published status nor one that is on its way to the cache has.
func (c *Controller) choose(all []*corev1.Service) (string, error) {
	for _, held := range c.forwards.addresses() {
		all = append(slices.Clip(all), &corev1.Service{Status: corev1.ServiceStatus{
			LoadBalancer: corev1.LoadBalancerStatus{Ingress: []corev1.LoadBalancerIngress{{IP: held}}},
		}})
	}
	return free(all)
}

func (c *Controller) publish(ctx context.Context, service *corev1.Service, ingress []corev1.LoadBalancerIngress) error {
	updated := service.DeepCopy()
	updated.Status.LoadBalancer.Ingress = ingress
	if _, err := c.client.CoreV1().Services(service.Namespace).UpdateStatus(ctx, updated, metav1.UpdateOptions{}); err != nil {
		return fmt.Errorf("publish the address of Service %s/%s: %w", service.Namespace, service.Name, err)
	}
	return nil
}

func wanted(service *corev1.Service) bool {
	return service.DeletionTimestamp == nil &&
		service.Spec.Type == corev1.ServiceTypeLoadBalancer &&
		service.Spec.LoadBalancerClass == nil
}
