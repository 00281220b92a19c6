package loadbalancer_test

import (
	"fmt"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"example.com/kubernetes-networking/infra/cluster/internal/addons/addonstest"
)

func TestRoleAllowsExactlyTheRequestsThatAreSent(t *testing.T) {
	port := serve(t, first)
	h := newHost(t, node("a", first, corev1.ConditionTrue))
	h.take(fmt.Sprintf("127.80.0.1:%d", port), true)
	// The test bypasses the client, which records its requests.
	service := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "default"},
		Spec:       corev1.ServiceSpec{Type: corev1.ServiceTypeLoadBalancer, Ports: []corev1.ServicePort{tcp(port)}},
	}
	if err := h.client.Tracker().Create(schema.GroupVersionResource{Version: "v1", Resource: "services"}, service, "default"); err != nil {
		t.Fatal(err)
	}
	// The first failure creates an event, the second one patches it.
	await(t, "an event twice", func() bool { return slices.Contains(h.requested(), "patch events") })
	h.take(fmt.Sprintf("127.80.0.1:%d", port), false)
	await(t, "an address", func() bool { return slices.Contains(h.requested(), "update services/status") })
	if got, want := h.requested(), addonstest.Allowed(t, "loadbalancer.yaml"); !slices.Equal(got, want) {
		t.Errorf("the controller requested\n%q, the role allows\n%q", got, want)
	}
}

func (h *host) requested() []string { return addonstest.Requested(h.client.Actions()) }
