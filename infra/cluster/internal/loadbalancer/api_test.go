package loadbalancer_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func node(name, ip string, ready corev1.ConditionStatus) *corev1.Node {
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Status: corev1.NodeStatus{
			Addresses:  []corev1.NodeAddress{{Type: corev1.NodeHostName, Address: name}, {Type: corev1.NodeInternalIP, Address: ip}},
			Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: ready}},
		},
	}
}

func (h *host) addNode(t *testing.T, node *corev1.Node) {
	t.Helper()
	if _, err := h.client.CoreV1().Nodes().Create(t.Context(), node, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// create creates a Service of type LoadBalancer.
func (h *host) create(t *testing.T, name string, ports []corev1.ServicePort, changes ...func(*corev1.Service)) {
	t.Helper()
	service := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default"},
		Spec:       corev1.ServiceSpec{Type: corev1.ServiceTypeLoadBalancer, ClusterIP: "127.123.1.1", Ports: ports},
	}
	for _, change := range changes {
		change(service)
	}
	if _, err := h.client.CoreV1().Services("default").Create(t.Context(), service, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

func (h *host) change(t *testing.T, name string, change func(*corev1.Service)) {
	t.Helper()
	service, err := h.client.CoreV1().Services("default").Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	change(service)
	if _, err := h.client.CoreV1().Services("default").Update(t.Context(), service, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
}

func (h *host) delete(t *testing.T, name string) {
	t.Helper()
	if err := h.client.CoreV1().Services("default").Delete(t.Context(), name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
}

func tcp(port int32) corev1.ServicePort {
	return corev1.ServicePort{Port: port, NodePort: port, Protocol: corev1.ProtocolTCP}
}

func udp(port int32) corev1.ServicePort {
	return corev1.ServicePort{Port: port, NodePort: port, Protocol: corev1.ProtocolUDP}
}

// withoutNodePort removes the first NodePort: two Services cannot share one.
func withoutNodePort(service *corev1.Service) { service.Spec.Ports[0].NodePort = 0 }

func requesting(address string) func(*corev1.Service) {
	return func(service *corev1.Service) { service.Spec.LoadBalancerIP = address }
}

// addressOf returns the address in the status of a Service, or "".
func (h *host) addressOf(t *testing.T, name string) string {
	t.Helper()
	service, err := h.client.CoreV1().Services("default").Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(service.Status.LoadBalancer.Ingress) == 0 {
		return ""
	}
	ingress := service.Status.LoadBalancer.Ingress[0]
	if ingress.IPMode == nil || *ingress.IPMode != corev1.LoadBalancerIPModeProxy {
		t.Errorf("ipMode of %s is %v, want %s", name, ingress.IPMode, corev1.LoadBalancerIPModeProxy)
	}
	return ingress.IP
}

func (h *host) awaitAddress(t *testing.T, name string) (address string) {
	t.Helper()
	await(t, "an address for "+name, func() bool {
		address = h.addressOf(t, name)
		return address != ""
	})
	return address
}

// awaitEvent waits for a warning with the given reason on a Service, and returns its message.
func (h *host) awaitEvent(t *testing.T, name, reason string) (message string) {
	t.Helper()
	await(t, "the event "+reason+" on "+name, func() bool {
		events, err := h.client.CoreV1().Events("default").List(t.Context(), metav1.ListOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, event := range events.Items {
			if event.InvolvedObject.Name == name && event.Reason == reason && event.Type == corev1.EventTypeWarning {
				message = event.Message
				return true
			}
		}
		return false
	})
	return message
}
