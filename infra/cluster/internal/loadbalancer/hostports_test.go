package loadbalancer_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// run creates a Pod that runs on a node, with hostPorts.
func (h *host) run(t *testing.T, name, node string, ports ...corev1.ContainerPort) {
	t.Helper()
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default"},
		Spec:       corev1.PodSpec{NodeName: node, Containers: []corev1.Container{{Name: "main", Ports: ports}}},
		Status:     corev1.PodStatus{Phase: corev1.PodRunning},
	}
	if _, err := h.client.CoreV1().Pods("default").Create(t.Context(), pod, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

func onHost(number int32, protocol corev1.Protocol) corev1.ContainerPort {
	return corev1.ContainerPort{ContainerPort: 1, HostPort: number, Protocol: protocol}
}

func TestHostPortAnswersOnTheAddressOfItsNode(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue), node("b", second, corev1.ConditionTrue))
	number := serve(t, first, second)
	h.run(t, "web", "b", onHost(number, corev1.ProtocolTCP), onHost(number, corev1.ProtocolUDP))
	for _, protocol := range []string{"tcp", "udp"} {
		await(t, "an answer by "+protocol, func() bool { _, err := ask(protocol, "127.81.0.2", number); return err == nil })
		wantAnswer(t, protocol, "127.81.0.2", number, second)
	}
	awaitRefused(t, "127.81.0.1", number)

	ended := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "default"}, Status: corev1.PodStatus{Phase: corev1.PodSucceeded}}
	if _, err := h.client.CoreV1().Pods("default").UpdateStatus(t.Context(), ended, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	awaitRefused(t, "127.81.0.2", number)
	h.run(t, "next", "b", onHost(number, corev1.ProtocolTCP))
	await(t, "an answer of the next Pod", func() bool { _, err := ask("tcp", "127.81.0.2", number); return err == nil })
	if err := h.client.CoreV1().Pods("default").Delete(t.Context(), "next", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	awaitRefused(t, "127.81.0.2", number)
}

func TestHostPortAnswersOnceItsNodeHasAnAddress(t *testing.T) {
	h := newHost(t)
	number := serve(t, first)
	h.run(t, "web", "a", onHost(number, corev1.ProtocolTCP))
	h.addNode(t, node("a", first, corev1.ConditionTrue))
	await(t, "an answer", func() bool { _, err := ask("tcp", "127.81.0.1", number); return err == nil })
}

func TestHostPortOnAnotherHostIPIsNotForwarded(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue))
	private, open := serve(t, first), serve(t, first)
	loopback := onHost(private, corev1.ProtocolTCP)
	loopback.HostIP = "127.0.0.1"
	atNode := onHost(open, corev1.ProtocolTCP)
	atNode.HostIP = first
	h.run(t, "web", "a", loopback, atNode)
	await(t, "an answer at the node's address", func() bool { _, err := ask("tcp", "127.81.0.1", open); return err == nil })
	awaitRefused(t, "127.81.0.1", private)
}
