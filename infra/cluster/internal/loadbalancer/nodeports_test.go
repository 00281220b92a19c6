package loadbalancer_test

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestNodePortsAnswerOnTheAddressOfEachNode(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue), node("b", second, corev1.ConditionTrue))
	for name, kind := range map[string]corev1.ServiceType{"node-port": corev1.ServiceTypeNodePort, "load-balancer": corev1.ServiceTypeLoadBalancer} {
		port := serve(t, first, second)
		h.create(t, name, []corev1.ServicePort{tcp(port), udp(port)}, func(service *corev1.Service) {
			service.Spec.Type = kind
			service.Spec.Ports[0].Port, service.Spec.Ports[1].Port = port-1, port-1
		})
		for address, node := range map[string]string{"127.81.0.1": first, "127.81.0.2": second} {
			for _, protocol := range []string{"tcp", "udp"} {
				await(t, address+" answers by "+protocol, func() bool { _, err := ask(protocol, address, port); return err == nil })
			}
			wantAnswer(t, "tcp", address, port, node)
			wantAnswer(t, "udp", address, port, node)
		}
	}
}

func TestNodePortsFollowNodesAndServices(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue))
	port, other := serve(t, first, second, third), serve(t, first)
	h.create(t, "web", []corev1.ServicePort{tcp(port)}, func(service *corev1.Service) { service.Spec.Type = corev1.ServiceTypeNodePort })
	answered := func(address string, port int32) func() bool {
		return func() bool { _, err := ask("tcp", address, port); return err == nil }
	}
	await(t, "the first node answers", answered("127.81.0.1", port))

	h.addNode(t, node("b", second, corev1.ConditionTrue))
	await(t, "the added node answers", answered("127.81.0.2", port))
	if _, err := h.client.CoreV1().Nodes().UpdateStatus(t.Context(), node("b", third, corev1.ConditionTrue), metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	await(t, "the node answers for its new address", answered("127.81.0.3", port))
	awaitRefused(t, "127.81.0.2", port)
	if err := h.client.CoreV1().Nodes().Delete(t.Context(), "b", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	awaitRefused(t, "127.81.0.3", port)

	h.change(t, "web", func(service *corev1.Service) { service.Spec.Ports[0].NodePort = other })
	await(t, "the new port answers", answered("127.81.0.1", other))
	awaitRefused(t, "127.81.0.1", port)
	h.delete(t, "web")
	awaitRefused(t, "127.81.0.1", other)
}

func TestTakenNodePortIsReportedAndTheLoadBalancerAnswers(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue))
	port := serve(t, first)
	taken := fmt.Sprintf("127.81.0.1:%d", port)
	h.take(taken, true)
	h.create(t, "web", []corev1.ServicePort{tcp(port)})
	wantMention(t, h.awaitEvent(t, "web", "NodePortTaken"), taken)
	wantAnswer(t, "tcp", h.awaitAddress(t, "web"), port, first)
	h.take(taken, false)
	await(t, "the NodePort answers", func() bool { _, err := ask("tcp", "127.81.0.1", port); return err == nil })
}

func TestHealthCheckPortAnswersOnTheAddressOfEachNode(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue), node("b", second, corev1.ConditionTrue))
	web, check := serve(t, first, second), serve(t, first, second)
	h.create(t, "web", []corev1.ServicePort{tcp(web)}, local, func(service *corev1.Service) { service.Spec.HealthCheckNodePort = check })
	for address, node := range map[string]string{"127.81.0.1": first, "127.81.0.2": second} {
		await(t, "an answer at "+address, func() bool { _, err := ask("tcp", address, check); return err == nil })
		wantAnswer(t, "tcp", address, check, node)
	}
	h.awaitAddress(t, "web")
	h.change(t, "web", func(service *corev1.Service) { service.Spec.HealthCheckNodePort = 0 })
	awaitRefused(t, "127.81.0.1", check)
}
