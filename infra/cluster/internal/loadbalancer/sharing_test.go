package loadbalancer_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestServicesThatRequestOneAddressShareItByProtocol(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue))
	number := serve(t, first)
	h.create(t, "dns-tcp", []corev1.ServicePort{tcp(number)}, requesting("127.80.0.53"))
	h.create(t, "dns-udp", []corev1.ServicePort{udp(number)}, requesting("127.80.0.53"))
	for name, protocol := range map[string]string{"dns-tcp": "tcp", "dns-udp": "udp"} {
		if got := h.awaitAddress(t, name); got != "127.80.0.53" {
			t.Errorf("%s has %s, want 127.80.0.53", name, got)
		}
		wantAnswer(t, protocol, "127.80.0.53", number, first)
	}
	h.delete(t, "dns-udp")
	await(t, "no answer by UDP", func() bool { _, err := ask("udp", "127.80.0.53", number); return err != nil })
	wantAnswer(t, "tcp", "127.80.0.53", number, first)
	h.create(t, "other", []corev1.ServicePort{tcp(number)}, withoutNodePort)
	if got := h.awaitAddress(t, "other"); got == "127.80.0.53" {
		t.Error("a Service without a requested address shares that of another")
	}
}

func TestPortsOfOneNumberAndTwoProtocolsAnswerForTwoServices(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue))
	number := serve(t, first)
	h.create(t, "one", []corev1.ServicePort{tcp(number)})
	h.create(t, "two", []corev1.ServicePort{udp(number)})
	wantAnswer(t, "tcp", h.awaitAddress(t, "one"), number, first)
	wantAnswer(t, "udp", h.awaitAddress(t, "two"), number, first)
	// Both have the same number as a NodePort, too.
	wantAnswer(t, "tcp", "127.81.0.1", number, first)
	wantAnswer(t, "udp", "127.81.0.1", number, first)
	h.delete(t, "two")
	await(t, "no answer by UDP", func() bool { _, err := ask("udp", "127.81.0.1", number); return err != nil })
	wantAnswer(t, "tcp", "127.81.0.1", number, first)
}

func TestServiceGetsASharedAddressWhenItsPortIsFree(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue))
	web, other := serve(t, first), serve(t, first)
	h.create(t, "holder", []corev1.ServicePort{tcp(web), tcp(other)}, requesting("127.80.0.53"))
	h.awaitAddress(t, "holder")
	h.create(t, "late", []corev1.ServicePort{tcp(other)}, withoutNodePort, requesting("127.80.0.53"))
	wantMention(t, h.awaitEvent(t, "late", "NoAddress"), "default/holder", "/TCP", "127.80.0.53")
	h.change(t, "holder", func(service *corev1.Service) { service.Spec.Ports = []corev1.ServicePort{tcp(web)} })
	if got := h.awaitAddress(t, "late"); got != "127.80.0.53" {
		t.Errorf("it has %s, want 127.80.0.53, whose port is free now", got)
	}
}
