package loadbalancer_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

// awaitReason waits for an event of whatever type on a Service.
func (h *host) awaitReason(t *testing.T, name, reason string) {
	t.Helper()
	await(t, "the event "+reason+" on "+name, func() bool { return h.hasEvent(t, name, reason) })
}

func (h *host) hasEvent(t *testing.T, name, reason string) bool {
	t.Helper()
	events, err := h.client.CoreV1().Events("default").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, event := range events.Items {
		if event.InvolvedObject.Name == name && (event.Reason == reason || reason == "") {
			return true
		}
	}
	return false
}

func TestFieldThatHasAnotherEffectHereIsReported(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue))
	for name, c := range map[string]struct {
		reason string
		change func(*corev1.ServiceSpec)
	}{
		"external-ips": {"ExternalIPsNotReachable", func(spec *corev1.ServiceSpec) { spec.ExternalIPs = []string{"198.51.100.7"} }},
		"local":        {"ClientAddressReplaced", func(spec *corev1.ServiceSpec) { spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyLocal }},
		"affinity":     {"SessionAffinityByNode", func(spec *corev1.ServiceSpec) { spec.SessionAffinity = corev1.ServiceAffinityClientIP }},
		"sctp":         {"ProtocolNotSupported", func(spec *corev1.ServiceSpec) { spec.Ports[0].Protocol = corev1.ProtocolSCTP }},
		"sctp-of-nodeport": {"ProtocolNotSupported", func(spec *corev1.ServiceSpec) {
			spec.Type, spec.Ports[0].Protocol = corev1.ServiceTypeNodePort, corev1.ProtocolSCTP
		}},
		"local-no-nodeport": {"NodePortsNeeded", func(spec *corev1.ServiceSpec) {
			spec.ExternalTrafficPolicy, spec.Ports[0].NodePort = corev1.ServiceExternalTrafficPolicyLocal, 0
		}},
		"inside-no-nodeport": {"NodePortsNeeded", func(spec *corev1.ServiceSpec) {
			spec.InternalTrafficPolicy, spec.Ports[0].NodePort = ptr.To(corev1.ServiceInternalTrafficPolicyLocal), 0
		}},
	} {
		h.create(t, name, []corev1.ServicePort{tcp(serve(t, first))}, func(service *corev1.Service) { c.change(&service.Spec) })
		h.awaitReason(t, name, c.reason)
	}
}

func TestServiceThatIsHonouredHasNoEvents(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue))
	for name, change := range map[string]func(*corev1.ServiceSpec){
		"plain":       func(*corev1.ServiceSpec) {},
		"no-nodeport": func(spec *corev1.ServiceSpec) { spec.Ports[0].NodePort = 0 },
		"not-ready":   func(spec *corev1.ServiceSpec) { spec.PublishNotReadyAddresses = true },
		"same-node": func(spec *corev1.ServiceSpec) {
			spec.TrafficDistribution = ptr.To(corev1.ServiceTrafficDistributionPreferSameNode)
		},
		"app-protocol": func(spec *corev1.ServiceSpec) { spec.Ports[0].AppProtocol = ptr.To("kubernetes.io/h2c") },
		"prefer-dual":  func(spec *corev1.ServiceSpec) { spec.IPFamilyPolicy = ptr.To(corev1.IPFamilyPolicyPreferDualStack) },
		"sctp-of-cluster": func(spec *corev1.ServiceSpec) {
			spec.Type, spec.Ports[0].Protocol = corev1.ServiceTypeClusterIP, corev1.ProtocolSCTP
		},
	} {
		h.create(t, name, []corev1.ServicePort{tcp(serve(t, first))}, func(service *corev1.Service) { change(&service.Spec) })
		if name != "sctp-of-cluster" {
			h.awaitAddress(t, name)
		}
	}
	h.create(t, "last", []corev1.ServicePort{tcp(serve(t, first))}, asking("10.0.0.1"))
	h.awaitReason(t, "last", "NoAddress") // events are recorded in turn
	for _, name := range []string{"plain", "no-nodeport", "not-ready", "same-node", "app-protocol", "prefer-dual", "sctp-of-cluster"} {
		if h.hasEvent(t, name, "") {
			t.Errorf("%s has an event", name)
		}
	}
}
