package loadbalancer

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apiequality "k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/cloud-provider/service/helpers"
	"k8s.io/utils/ptr"
)

// status is the part of a Service that publish writes.
type status struct {
	unchanged bool
	ingress   []corev1.LoadBalancerIngress
	// finalizer keeps a deleted Service in the API until its listeners are closed.
	finalizer bool
}

// syncAddress opens the listeners of a Service of type LoadBalancer on its address, and closes those of any other
// Service.
func (c *Controller) syncAddress(ctx context.Context, key cache.ObjectName, service *corev1.Service) (status, error) {
	unchanged := status{unchanged: true}
	if !wanted(service) {
		c.loadBalancers.close(key)
		// The controller of another class owns the status and the finalizer.
		return status{unchanged: service.Spec.LoadBalancerClass != nil}, nil
	}
	// An invalid Service is not retried: only a change of it can help, and every change calls this method again.
	for _, port := range service.Spec.Ports {
		if !supported(port) {
			return unchanged, nil // notices reports it
		}
	}
	sources, err := sourceRanges(service)
	if err != nil {
		c.warn(service, "SourceRangesNotValid", fmt.Errorf(
			"%w; until it is valid, the Service keeps its previous address and ranges, if any", err))
		return unchanged, nil
	}
	if !slices.ContainsFunc(sources, hostClients.Overlaps) {
		c.warn(service, "NobodyAllowed", fmt.Errorf(
			"loadBalancerSourceRanges %v exclude %s, the network of all clients of this load balancer: every connection is reset",
			sources, hostClients))
	}
	address, changed, err := c.addresses.assign(key, service.Spec.LoadBalancerIP, portsOf(service))
	if err != nil {
		c.warn(service, "NoAddress", err)
		return unchanged, nil
	}
	if c.balancers[key] == nil {
		c.balancers[key] = &balancer{}
	}
	err = c.loadBalancers.set(ctx, key, c.routes(service, address, c.balancers[key], sources))
	if changed {
		c.enqueueWaiting()
	}
	if err != nil {
		c.warn(service, "PortTaken", err)
		if published(service) == address {
			return unchanged, err
		}
		return status{finalizer: true}, err // do not publish an address that does not answer
	}
	return status{ingress: ingress(service, address), finalizer: true}, nil
}

// release frees the address of a Service. Its status must no longer name the address.
func (c *Controller) release(key cache.ObjectName) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	delete(c.balancers, key)
	if c.addresses.release(key) {
		c.enqueueWaiting()
	}
}

// enqueueWaiting retries the Services without an address, after another Service has freed an address or a port.
func (c *Controller) enqueueWaiting() {
	for key := range c.addresses.waiting {
		c.queue.Add(key)
	}
}

func ingress(service *corev1.Service, address netip.Addr) []corev1.LoadBalancerIngress {
	var ports []corev1.PortStatus
	for _, port := range service.Spec.Ports {
		ports = append(ports, corev1.PortStatus{Port: port.Port, Protocol: port.Protocol})
	}
	return []corev1.LoadBalancerIngress{{
		IP: address.String(),
		// The address belongs to the host, so kube-proxy must not redirect a Pod's connections to it.
		IPMode: ptr.To(corev1.LoadBalancerIPModeProxy),
		Ports:  ports,
	}}
}

// publish writes the status of a Service and the finalizer that all load balancers of Kubernetes use, in one request
// that the right to update the status allows.
func (c *Controller) publish(ctx context.Context, service *corev1.Service, status status) error {
	if status.unchanged {
		return nil
	}
	updated := service.DeepCopy()
	if status.ingress != nil || published(service).IsValid() {
		updated.Status.LoadBalancer.Ingress = status.ingress
	}
	switch present := helpers.HasLBFinalizer(service); {
	case status.finalizer && !present:
		updated.Finalizers = append(updated.Finalizers, helpers.LoadBalancerCleanupFinalizer)
	case !status.finalizer && present:
		updated.Finalizers = slices.DeleteFunc(updated.Finalizers, func(name string) bool {
			return name == helpers.LoadBalancerCleanupFinalizer
		})
	}
	if apiequality.Semantic.DeepEqual(updated, service) {
		return nil
	}
	if _, err := c.client.CoreV1().Services(service.Namespace).UpdateStatus(ctx, updated, metav1.UpdateOptions{}); err != nil {
		return fmt.Errorf("publish the address of Service %s: %w", cache.MetaObjectToName(service), err)
	}
	return nil
}

func (c *Controller) warn(service *corev1.Service, reason string, err error) {
	c.recorder.Event(service, corev1.EventTypeWarning, reason, err.Error())
}

func wanted(service *corev1.Service) bool {
	return service.DeletionTimestamp == nil &&
		service.Spec.Type == corev1.ServiceTypeLoadBalancer &&
		service.Spec.LoadBalancerClass == nil
}

func supported(port corev1.ServicePort) bool {
	return port.Protocol == corev1.ProtocolTCP || port.Protocol == corev1.ProtocolUDP
}
