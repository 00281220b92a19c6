package loadbalancer_test

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

// awaitMessage waits for an event with the given reason on a Service, and returns its message.
func (h *host) awaitMessage(t *testing.T, name, reason string) (message string) {
	t.Helper()
	await(t, "the event "+reason+" on "+name, func() bool {
		messages := h.messages(t, name, reason)
		if len(messages) > 0 {
			message = messages[0]
		}
		return message != ""
	})
	return message
}

// messages returns the messages of the events on a Service, with the given reason or, if it is empty, with any reason.
func (h *host) messages(t *testing.T, name, reason string) (messages []string) {
	t.Helper()
	events, err := h.client.CoreV1().Events("default").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, event := range events.Items {
		if event.InvolvedObject.Name == name && (event.Reason == reason || reason == "") {
			messages = append(messages, event.Message)
		}
	}
	return messages
}

func local(service *corev1.Service) {
	service.Spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyLocal
}

func affinity(service *corev1.Service) { service.Spec.SessionAffinity = corev1.ServiceAffinityClientIP }

func nodePort(service *corev1.Service) { service.Spec.Type = corev1.ServiceTypeNodePort }

func dualStack(policy corev1.IPFamilyPolicy, families ...corev1.IPFamily) func(*corev1.Service) {
	return func(service *corev1.Service) {
		service.Spec.IPFamilyPolicy, service.Spec.IPFamilies = &policy, families
	}
}

func TestFieldWithAnotherEffectIsReportedWithItsValue(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue))
	for i, c := range []struct {
		reason   string
		mentions []string
		changes  []func(*corev1.Service)
	}{
		{"ExternalIPsNotReachable", []string{"externalIPs", "198.51.100.7"}, changes(func(service *corev1.Service) {
			service.Spec.ExternalIPs = []string{"198.51.100.7"}
		})},
		{"ExternalIPsNotReachable", []string{"externalIPs", "2001:db8::7"}, changes(func(service *corev1.Service) {
			service.Spec.Type, service.Spec.ExternalIPs = corev1.ServiceTypeClusterIP, []string{"2001:db8::7"}
		})},
		{"OtherLoadBalancerClass", []string{"loadBalancerClass example.com/other"}, changes(func(service *corev1.Service) {
			service.Spec.LoadBalancerClass = ptr.To("example.com/other")
		})},
		{
			"IPv4Only",
			[]string{"ipFamilyPolicy PreferDualStack", "ipFamilies [IPv4]", "IPv4 only"},
			changes(dualStack(corev1.IPFamilyPolicyPreferDualStack, corev1.IPv4Protocol)),
		},
		{
			"IPv4Only",
			[]string{"ipFamilyPolicy RequireDualStack", "ipFamilies [IPv6 IPv4]"},
			changes(dualStack(corev1.IPFamilyPolicyRequireDualStack, corev1.IPv6Protocol, corev1.IPv4Protocol), nodePort),
		},
		{
			"IPv4Only",
			[]string{"ipFamilyPolicy SingleStack", "ipFamilies [IPv6]"},
			changes(dualStack(corev1.IPFamilyPolicySingleStack, corev1.IPv6Protocol)),
		},
		{"ProtocolNotSupported", []string{"protocol SCTP", "no address"}, changes(sctp)},
		{"ProtocolNotSupported", []string{"protocol SCTP"}, changes(sctp, nodePort)},
		{"ClientAddressReplaced", []string{"externalTrafficPolicy Local", "10.123.0.1"}, changes(local)},
		{"ClientAddressReplaced", []string{"externalTrafficPolicy Local", "10.123.0.1"}, changes(local, nodePort)},
		{"SessionAffinityByNode", []string{"sessionAffinity ClientIP"}, changes(affinity)},
		{"SessionAffinityByNode", []string{"sessionAffinity ClientIP"}, changes(affinity, nodePort)},
		{
			"NodePortsNeeded",
			[]string{"externalTrafficPolicy Local", "allocateLoadBalancerNodePorts"},
			changes(local, withoutNodePort),
		},
		{
			"NodePortsNeeded",
			[]string{"internalTrafficPolicy Local", "allocateLoadBalancerNodePorts"},
			changes(withoutNodePort, func(service *corev1.Service) {
				service.Spec.InternalTrafficPolicy = ptr.To(corev1.ServiceInternalTrafficPolicyLocal)
			}),
		},
		{
			"NodePortsNeeded",
			[]string{"sessionAffinity ClientIP", "allocateLoadBalancerNodePorts"},
			changes(affinity, withoutNodePort),
		},
	} {
		name := fmt.Sprintf("web-%d", i)
		h.create(t, name, []corev1.ServicePort{tcp(serve(t, first))}, c.changes...)
		wantMention(t, h.awaitMessage(t, name, c.reason), c.mentions...)
	}
}

func changes(all ...func(*corev1.Service)) []func(*corev1.Service) { return all }

func sctp(service *corev1.Service) { service.Spec.Ports[0].Protocol = corev1.ProtocolSCTP }

func TestHonouredServiceHasNoEvents(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue))
	services := map[string]func(*corev1.ServiceSpec){
		"plain":        func(*corev1.ServiceSpec) {},
		"no-nodeport":  func(spec *corev1.ServiceSpec) { spec.Ports[0].NodePort = 0 },
		"not-ready":    func(spec *corev1.ServiceSpec) { spec.PublishNotReadyAddresses = true },
		"app-protocol": func(spec *corev1.ServiceSpec) { spec.Ports[0].AppProtocol = ptr.To("kubernetes.io/h2c") },
		"same-node": func(spec *corev1.ServiceSpec) {
			spec.TrafficDistribution = ptr.To(corev1.ServiceTrafficDistributionPreferSameNode)
		},
		"single-stack": func(spec *corev1.ServiceSpec) {
			spec.IPFamilyPolicy, spec.IPFamilies = ptr.To(corev1.IPFamilyPolicySingleStack), []corev1.IPFamily{corev1.IPv4Protocol}
		},
		"internal-local": func(spec *corev1.ServiceSpec) { // concerns only clients in Pods
			spec.InternalTrafficPolicy = ptr.To(corev1.ServiceInternalTrafficPolicyLocal)
		},
		"source-ranges": func(spec *corev1.ServiceSpec) {
			spec.LoadBalancerSourceRanges = []string{"127.0.0.1/32", "2001:db8::/32"}
		},
		"sctp-of-cluster": func(spec *corev1.ServiceSpec) {
			spec.Type, spec.Ports[0].Protocol = corev1.ServiceTypeClusterIP, corev1.ProtocolSCTP
		},
	}
	for name, change := range services {
		h.create(t, name, []corev1.ServicePort{tcp(serve(t, first))}, func(service *corev1.Service) { change(&service.Spec) })
		if name != "sctp-of-cluster" {
			h.awaitAddress(t, name)
		}
	}
	h.create(t, "last", []corev1.ServicePort{tcp(serve(t, first))}, requesting("10.0.0.1"))
	h.awaitMessage(t, "last", "NoAddress") // events are recorded in order
	for name := range services {
		if messages := h.messages(t, name, ""); len(messages) > 0 {
			t.Errorf("%s has the events %q, want none", name, messages)
		}
	}
}
