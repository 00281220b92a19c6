package loadbalancer

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apiequality "k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cloud-provider/service/helpers"
	"k8s.io/utils/ptr"
)

// status is the status of a Service to publish.
type status struct {
	unchanged bool
	ingress   []corev1.LoadBalancerIngress
	// finalizer keeps the Service until nothing answers for it.
	finalizer bool
}

// syncAddress makes a Service of type LoadBalancer answer on an address of its own, and any other stop answering there.
func (c *Controller) syncAddress(ctx context.Context, key string, service *corev1.Service) (status, error) {
	unchanged := status{unchanged: true}
	if !wanted(service) {
		c.loadBalancers.close(key)
		// Of another class, status and finalizer are another controller's.
		return status{unchanged: service.Spec.LoadBalancerClass != nil}, nil
	}
	// What is wrong with the Service itself gets no better by trying again, but by a change, which comes back here.
	for _, port := range service.Spec.Ports {
		if !supported(port) {
			return unchanged, nil // notice reports it
		}
	}
	sources, err := sourceRanges(service)
	if err != nil {
		c.warn(service, "SourceRangesNotValid", fmt.Errorf("%w; until it is valid, the Service keeps its previous address and ranges, if any", err))
		return unchanged, nil
	}
	if !slices.ContainsFunc(sources, hostClients.Overlaps) {
		c.warn(service, "NobodyAllowed", fmt.Errorf(
			"loadBalancerSourceRanges %v leave out %s, where all clients of this load balancer come from", sources, hostClients))
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
		return status{finalizer: true}, err // no client shall be sent to an address that does not answer
	}
	return status{ingress: ingress(service, address), finalizer: true}, nil
}

// release frees the address of a Service. The status without the address must have been published before.
func (c *Controller) release(key string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	delete(c.balancers, key)
	if c.addresses.release(key) {
		c.enqueueWaiting()
	}
}

// enqueueWaiting syncs the Services that have not got what they asked for: an address or a port of one has become free.
func (c *Controller) enqueueWaiting() {
	for key := range c.addresses.waiting {
		c.queue.Add(key)
	}
}

// ingress returns the status of a Service that answers on an address.
func ingress(service *corev1.Service, address netip.Addr) []corev1.LoadBalancerIngress {
	var ports []corev1.PortStatus
	for _, port := range service.Spec.Ports {
		ports = append(ports, corev1.PortStatus{Port: port.Port, Protocol: port.Protocol})
	}
	return []corev1.LoadBalancerIngress{{
		IP: address.String(),
		// The address is the host's: kube-proxy must not take what Pods send there for the Service.
		IPMode: ptr.To(corev1.LoadBalancerIPModeProxy),
		Ports:  ports,
	}}
}

// publish writes the status of a Service, and the finalizer that all load balancers of Kubernetes use. Both are one request,
// which the role for the status allows.
func (c *Controller) publish(ctx context.Context, service *corev1.Service, status status) error {
	if status.unchanged {
		return nil
	}
	updated := service.DeepCopy()
	if status.ingress != nil || published(service).IsValid() {
		updated.Status.LoadBalancer.Ingress = status.ingress
	}
	switch has := helpers.HasLBFinalizer(service); {
	case status.finalizer && !has:
		updated.Finalizers = append(updated.Finalizers, helpers.LoadBalancerCleanupFinalizer)
	case !status.finalizer && has:
		updated.Finalizers = slices.DeleteFunc(updated.Finalizers, func(name string) bool { return name == helpers.LoadBalancerCleanupFinalizer })
	}
	if apiequality.Semantic.DeepEqual(updated, service) {
		return nil
	}
	if _, err := c.client.CoreV1().Services(service.Namespace).UpdateStatus(ctx, updated, metav1.UpdateOptions{}); err != nil {
		return fmt.Errorf("publish the address of Service %s: %w", keyOf(service), err)
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
