package loadbalancer_test

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cloud-provider/service/helpers"
	"k8s.io/utils/ptr"
)

// service returns the current state of a Service in the API.
func (h *host) service(t *testing.T, name string) *corev1.Service {
	t.Helper()
	service, err := h.client.CoreV1().Services("default").Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return service
}

func TestDeletedServiceExistsUntilItsListenersAreClosed(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue))
	web := serve(t, first)
	h.create(t, "web", []corev1.ServicePort{tcp(web)}, withoutNodePort, func(service *corev1.Service) {
		service.Finalizers = []string{"example.com/slow"}
	})
	address := h.awaitAddress(t, "web")
	if service := h.service(t, "web"); !helpers.HasLBFinalizer(service) {
		t.Errorf("with an address its finalizers are %q, want %s among them", service.Finalizers, helpers.LoadBalancerCleanupFinalizer)
	}
	h.change(t, "web", func(service *corev1.Service) { service.DeletionTimestamp = ptr.To(metav1.Now()) })
	await(t, "no finalizer of the load balancer", func() bool { return !helpers.HasLBFinalizer(h.service(t, "web")) })
	if got := h.service(t, "web"); !slices.Equal(got.Finalizers, []string{"example.com/slow"}) || len(got.Status.LoadBalancer.Ingress) != 0 {
		t.Errorf("its finalizers are %q and its status %v, want the other's finalizer alone", got.Finalizers, got.Status)
	}
	if _, err := ask("tcp", address, web); err == nil {
		t.Error("it still answers")
	}
}

func TestServiceThatIsNoLongerALoadBalancerLosesItsFinalizer(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue))
	h.create(t, "web", []corev1.ServicePort{tcp(serve(t, first))}, withoutNodePort)
	h.awaitAddress(t, "web")
	h.change(t, "web", func(service *corev1.Service) { service.Spec.Type = corev1.ServiceTypeClusterIP })
	await(t, "no finalizer", func() bool { return len(h.service(t, "web").Finalizers) == 0 })
}

func TestFinalizerAndStatusOfAnotherClassAreLeftAlone(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue))
	web := serve(t, first)
	h.create(t, "theirs", []corev1.ServicePort{tcp(web)}, func(service *corev1.Service) {
		service.Spec.LoadBalancerClass = ptr.To("example.com/other")
		service.Finalizers = []string{helpers.LoadBalancerCleanupFinalizer}
		service.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: "127.80.0.9"}}
		service.DeletionTimestamp = ptr.To(metav1.Now())
	})
	h.create(t, "ours", []corev1.ServicePort{tcp(web)}, withoutNodePort)
	h.awaitAddress(t, "ours") // it was synced later
	if got := h.service(t, "theirs"); !helpers.HasLBFinalizer(got) || len(got.Status.LoadBalancer.Ingress) != 1 {
		t.Errorf("its finalizers are %q and its status %v, want them as they were", got.Finalizers, got.Status)
	}
}

func TestStatusNamesThePortsThatAnswer(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue))
	web, dns := serve(t, first), serve(t, first)
	h.create(t, "web", []corev1.ServicePort{tcp(web)})
	h.awaitAddress(t, "web")
	h.change(t, "web", func(service *corev1.Service) { service.Spec.Ports = append(service.Spec.Ports, udp(dns)) })
	want := []corev1.PortStatus{{Port: web, Protocol: corev1.ProtocolTCP}, {Port: dns, Protocol: corev1.ProtocolUDP}}
	await(t, "both ports in the status", func() bool {
		ingress := h.service(t, "web").Status.LoadBalancer.Ingress
		return len(ingress) == 1 && slices.Equal(ingress[0].Ports, want)
	})
}
