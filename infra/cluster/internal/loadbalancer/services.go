package loadbalancer

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

// syncAddress makes a Service of type LoadBalancer answer on an address of its own, and any other stop answering there.
func (c *Controller) syncAddress(ctx context.Context, key string, service *corev1.Service) error {
	if !wanted(service) {
		return c.withdraw(ctx, key, service)
	}
	// What is wrong with the Service itself gets no better by trying again, but by a change, which comes back here.
	for _, port := range service.Spec.Ports {
		if !supported(port) {
			c.warn(service, "ProtocolNotSupported", fmt.Errorf(
				"port %d is %s: a load balancer of the embedded cluster answers on TCP and UDP only", port.Port, port.Protocol))
			return nil
		}
	}
	sources, err := sourceRanges(service)
	if err != nil {
		c.warn(service, "SourceRangesNotValid", err)
		return nil
	}
	if !slices.ContainsFunc(sources, hostClients.Overlaps) {
		c.warn(service, "NobodyAllowed", fmt.Errorf(
			"loadBalancerSourceRanges %v leave out %s, where all clients of this load balancer come from", sources, hostClients))
	}
	had := c.addresses.byService[key]
	address, err := c.addresses.assign(key, service.Spec.LoadBalancerIP)
	if err != nil {
		c.warn(service, "NoAddress", err)
		return nil
	}
	if had.IsValid() && had != address {
		c.enqueueWaiting()
	}
	if c.balancers[key] == nil {
		c.balancers[key] = &balancer{}
	}
	if err = c.loadBalancers.set(ctx, key, c.routes(service, address, c.balancers[key], sources)); err != nil {
		c.warn(service, "PortTaken", err)
		if published(service) != address {
			address = netip.Addr{} // nobody shall be sent to an address that does not answer
		}
	}
	return errors.Join(err, c.publish(ctx, service, address))
}

// withdraw stops answering, and says so before the address is given to another Service.
func (c *Controller) withdraw(ctx context.Context, key string, service *corev1.Service) error {
	c.loadBalancers.close(key)
	if err := c.publish(ctx, service, netip.Addr{}); err != nil {
		return err
	}
	c.release(key)
	return nil
}

// release forgets a Service that is no load balancer any more.
func (c *Controller) release(key string) {
	delete(c.balancers, key)
	if _, had := c.addresses.byService[key]; had {
		c.addresses.release(key)
		c.enqueueWaiting()
	}
}

// enqueueWaiting looks again at the Services that have not got what they asked for: an address has become free.
func (c *Controller) enqueueWaiting() {
	for _, service := range c.allServices() {
		if wanted(service) && !c.addresses.satisfy(keyOf(service), service.Spec.LoadBalancerIP) {
			c.queue.Add(keyOf(service))
		}
	}
}

// publish tells the address in the Service's status, or that there is none.
func (c *Controller) publish(ctx context.Context, service *corev1.Service, address netip.Addr) error {
	if published(service) == address {
		return nil
	}
	updated := service.DeepCopy()
	updated.Status.LoadBalancer.Ingress = nil
	if address.IsValid() {
		updated.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{
			IP: address.String(),
			// The address is the host's: kube-proxy must not take what Pods send there for the Service.
			IPMode: ptr.To(corev1.LoadBalancerIPModeProxy),
		}}
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
