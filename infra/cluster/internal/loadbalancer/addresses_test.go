package loadbalancer_test

import (
	"errors"
	"fmt"
	"slices"
	"syscall"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
)

func TestDeletedServiceStopsAnsweringAndFreesItsAddress(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue))
	port := serve(t, first)
	h.create(t, "old", []corev1.ServicePort{tcp(port)})
	address := h.awaitAddress(t, "old")
	h.delete(t, "old")
	awaitRefused(t, address, port)
	h.create(t, "new", []corev1.ServicePort{tcp(port)})
	if got := h.awaitAddress(t, "new"); got != address {
		t.Errorf("the new Service has %s, want the freed %s", got, address)
	}
}

func TestServiceThatIsNoLongerALoadBalancerLosesItsAddress(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue))
	port := serve(t, first)
	h.create(t, "web", []corev1.ServicePort{tcp(port)})
	address := h.awaitAddress(t, "web")
	h.change(t, "web", func(service *corev1.Service) {
		service.Spec.Type, service.Spec.Ports[0].NodePort = corev1.ServiceTypeClusterIP, 0
	})
	await(t, "no address", func() bool { return h.addressOf(t, "web") == "" })
	awaitRefused(t, address, port)
	h.create(t, "new", []corev1.ServicePort{tcp(port)})
	if got := h.awaitAddress(t, "new"); got != address {
		t.Errorf("the new Service has %s, want the freed %s", got, address)
	}
}

func awaitRefused(t *testing.T, address string, port int32) {
	t.Helper()
	await(t, "connections are refused", func() bool {
		_, err := ask("tcp", address, port)
		return errors.Is(err, syscall.ECONNREFUSED)
	})
}

func TestServiceGetsTheFreeAddressThatItRequests(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue))
	port := serve(t, first)
	h.create(t, "web", []corev1.ServicePort{tcp(port)}, requesting("127.80.0.77"))
	if got := h.awaitAddress(t, "web"); got != "127.80.0.77" {
		t.Errorf("it has %s, want 127.80.0.77", got)
	}
	h.change(t, "web", requesting("127.80.0.78"))
	await(t, "the other address", func() bool { return h.addressOf(t, "web") == "127.80.0.78" })
	wantAnswer(t, "tcp", "127.80.0.78", port, first)
	awaitRefused(t, "127.80.0.77", port)
}

func TestServiceGetsATakenAddressWhenItIsFree(t *testing.T) {
	h := newHost(t)
	h.create(t, "holder", []corev1.ServicePort{tcp(1)}, withoutNodePort)
	address := h.awaitAddress(t, "holder")
	h.create(t, "web", []corev1.ServicePort{tcp(1)}, withoutNodePort, requesting(address))
	wantMention(t, h.awaitEvent(t, "web", "NoAddress"), address, "default/holder")
	if got := h.addressOf(t, "web"); got != "" {
		t.Errorf("it has %s, requested was %s", got, address)
	}
	h.delete(t, "holder")
	if got := h.awaitAddress(t, "web"); got != address {
		t.Errorf("it has %s, want the freed %s", got, address)
	}
}

func TestServiceKeepsItsAddressUntilTheRequestedOneIsFree(t *testing.T) {
	h := newHost(t)
	h.create(t, "holder", []corev1.ServicePort{tcp(1)}, withoutNodePort)
	address := h.awaitAddress(t, "holder")
	h.create(t, "web", []corev1.ServicePort{tcp(1)}, withoutNodePort)
	before := h.awaitAddress(t, "web")
	h.change(t, "web", requesting(address))
	h.awaitEvent(t, "web", "NoAddress")
	if got := h.addressOf(t, "web"); got != before {
		t.Errorf("it has %q, want %s as before", got, before)
	}
	h.change(t, "holder", requesting("127.80.0.9"))
	await(t, "the address that the other Service freed", func() bool { return h.addressOf(t, "web") == address })
}

func TestAddressOutOfRangeIsRefused(t *testing.T) {
	h := newHost(t)
	for i, requested := range []string{"10.0.0.1", "127.80.0.0", "127.80.0.255", "127.80.1.1", "127.80.0.1x"} {
		name := fmt.Sprintf("web-%d", i)
		h.create(t, name, []corev1.ServicePort{tcp(1)}, withoutNodePort, requesting(requested))
		wantMention(t, h.awaitEvent(t, name, "NoAddress"), "loadBalancerIP is "+requested, "127.80.0.1 to 127.80.0.254")
		if got := h.addressOf(t, name); got != "" {
			t.Errorf("it has %s, requested was %s", got, requested)
		}
	}
}

func TestExhaustedRangeIsReportedUntilAnAddressIsFree(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue))
	port := serve(t, first)
	var given []string
	for i := range 254 {
		h.create(t, fmt.Sprintf("web-%d", i), []corev1.ServicePort{tcp(port)}, withoutNodePort)
	}
	for i := range 254 {
		given = append(given, h.awaitAddress(t, fmt.Sprintf("web-%d", i)))
	}
	freed := given[100]
	slices.Sort(given)
	if distinct := slices.Compact(given); len(distinct) != 254 || !slices.Contains(distinct, "127.80.0.1") || !slices.Contains(distinct, "127.80.0.254") {
		t.Errorf("254 Services have %d addresses, want 127.80.0.1 to 127.80.0.254: %q", len(distinct), distinct)
	}
	h.create(t, "late", []corev1.ServicePort{tcp(port)}, withoutNodePort)
	wantMention(t, h.awaitEvent(t, "late", "NoAddress"), "all addresses from 127.80.0.1 to 127.80.0.254 are taken")
	h.delete(t, "web-100")
	if got := h.awaitAddress(t, "late"); got != freed {
		t.Errorf("after the 101st Service is deleted it has %s, want %s", got, freed)
	}
}

func TestServicesKeepTheirAddressesWhenTheControllerStartsAgain(t *testing.T) {
	port := serve(t, first)
	service := func(name, address string) *corev1.Service {
		s := &corev1.Service{Spec: corev1.ServiceSpec{Type: corev1.ServiceTypeLoadBalancer, Ports: []corev1.ServicePort{tcp(port)}}}
		s.Name, s.Namespace, s.Spec.Ports[0].NodePort = name, "default", 0
		if address != "" {
			s.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: address, IPMode: ptr.To(corev1.LoadBalancerIPModeProxy)}}
		}
		return s
	}
	h := newHost(t, service("a-new", ""), service("b-old", "127.80.0.1"), service("c-same", "127.80.0.1"))
	if got := h.awaitAddress(t, "a-new"); got == "127.80.0.1" {
		t.Errorf("the new Service has %s, which the old one has", got)
	}
	await(t, "addresses of their own", func() bool {
		addresses := []string{h.addressOf(t, "a-new"), h.addressOf(t, "b-old"), h.addressOf(t, "c-same")}
		slices.Sort(addresses)
		return slices.Equal(addresses, []string{"127.80.0.1", "127.80.0.2", "127.80.0.3"})
	})
}

func TestTakenPortIsReportedAndTheAddressPublishedWhenItIsFree(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue))
	port, other := serve(t, first), serve(t, first)
	taken := fmt.Sprintf("127.80.0.1:%d", other)
	h.take(taken, true)
	h.create(t, "web", []corev1.ServicePort{tcp(port), tcp(other)})
	wantMention(t, h.awaitEvent(t, "web", "PortTaken"), taken)
	if got := h.addressOf(t, "web"); got != "" {
		t.Errorf("the address %s is published although not all its ports answer", got)
	}
	h.take(taken, false)
	if got := h.awaitAddress(t, "web"); got != "127.80.0.1" {
		t.Errorf("it has %s, want 127.80.0.1", got)
	}
	wantAnswer(t, "tcp", "127.80.0.1", port, first)
	wantAnswer(t, "tcp", "127.80.0.1", other, first)
}

func TestPortThatIsTakenLaterDoesNotTakeTheAddressAway(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue))
	port, other := serve(t, first), serve(t, first)
	h.take(fmt.Sprintf("127.80.0.1:%d", other), true)
	h.create(t, "web", []corev1.ServicePort{tcp(port)})
	h.awaitAddress(t, "web")
	h.change(t, "web", func(service *corev1.Service) { service.Spec.Ports = append(service.Spec.Ports, tcp(other)) })
	h.awaitEvent(t, "web", "PortTaken")
	if got := h.addressOf(t, "web"); got != "127.80.0.1" {
		t.Errorf("the address is %q, want 127.80.0.1, whose other port answers", got)
	}
	wantAnswer(t, "tcp", "127.80.0.1", port, first)
}

func TestAddressIsWithdrawnWhereTheNextOneCannotAnswer(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue))
	port := serve(t, first)
	h.create(t, "web", []corev1.ServicePort{tcp(port)})
	h.awaitAddress(t, "web")
	h.take(fmt.Sprintf("127.80.0.7:%d", port), true)
	h.change(t, "web", requesting("127.80.0.7"))
	await(t, "no address", func() bool { return h.addressOf(t, "web") == "" })
	h.take(fmt.Sprintf("127.80.0.7:%d", port), false)
	if got := h.awaitAddress(t, "web"); got != "127.80.0.7" {
		t.Errorf("it has %s, want 127.80.0.7", got)
	}
}
