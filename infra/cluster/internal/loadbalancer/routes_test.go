package loadbalancer_test

import (
	"errors"
	"slices"
	"syscall"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

func TestConnectionsTakeTurnsOnTheNodesThatAreReady(t *testing.T) {
	excluded := node("d", "127.123.0.5", corev1.ConditionTrue)
	excluded.Labels = map[string]string{corev1.LabelNodeExcludeBalancers: ""}
	h := newHost(t, node("a", first, corev1.ConditionTrue), node("b", second, corev1.ConditionTrue),
		node("c", third, corev1.ConditionUnknown), excluded)
	port := serve(t, first, second, third, "127.123.0.5")
	h.create(t, "web", []corev1.ServicePort{tcp(port)})
	address := h.awaitAddress(t, "web")
	var turns []string
	for range 4 {
		answer, err := ask("tcp", address, port)
		if err != nil {
			t.Fatal(err)
		}
		turns = append(turns, answer)
	}
	if turns[0] == turns[1] || turns[0] != turns[2] || turns[1] != turns[3] {
		t.Errorf("the turns were %q, want two nodes in turn", turns)
	}
	if got, want := answers(t, address, port), []string{first, second}; !slices.Equal(got, want) {
		t.Errorf("%q answer, want %q", got, want)
	}

	if _, err := h.client.CoreV1().Nodes().UpdateStatus(t.Context(), node("a", first, corev1.ConditionFalse), metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	await(t, "only the second node answers", func() bool { return slices.Equal(answers(t, address, port), []string{second}) })
}

func TestNodeThatDoesNotAnswerIsSkipped(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue), node("b", second, corev1.ConditionTrue))
	port := serve(t, second)
	h.create(t, "web", []corev1.ServicePort{tcp(port)})
	address := h.awaitAddress(t, "web")
	if got, want := answers(t, address, port), []string{second}; !slices.Equal(got, want) {
		t.Errorf("%q answer, want %q", got, want)
	}
}

func TestWithoutAReadyNodeConnectionsAreReset(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionFalse))
	port := serve(t, first)
	h.create(t, "web", []corev1.ServicePort{tcp(port)})
	address := h.awaitAddress(t, "web")
	if answer, err := ask("tcp", address, port); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the answer is %q, %v, want a reset", answer, err)
	}
}

func TestServiceWithoutNodePortsIsReachedAtItsClusterIP(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue))
	port := serve(t, "127.123.1.1")
	h.create(t, "web", []corev1.ServicePort{tcp(port)}, func(service *corev1.Service) {
		service.Spec.AllocateLoadBalancerNodePorts = ptr.To(false)
		service.Spec.Ports[0].NodePort = 0
	})
	wantAnswer(t, "tcp", h.awaitAddress(t, "web"), port, "127.123.1.1")
}

// endpoints returns a slice with one endpoint on each of the nodes, in the given condition.
func endpoints(conditions discoveryv1.EndpointConditions, nodes ...string) *discoveryv1.EndpointSlice {
	slice := &discoveryv1.EndpointSlice{ObjectMeta: metav1.ObjectMeta{
		Name: "web-1", Namespace: "default", Labels: map[string]string{discoveryv1.LabelServiceName: "web"},
	}}
	for _, node := range nodes {
		slice.Endpoints = append(slice.Endpoints, discoveryv1.Endpoint{NodeName: &node, Conditions: conditions})
	}
	return slice
}

func TestWithLocalTrafficPolicyOnlyNodesWithAnEndpointAnswer(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue), node("b", second, corev1.ConditionTrue), node("c", third, corev1.ConditionFalse))
	port := serve(t, first, second, third)
	h.create(t, "web", []corev1.ServicePort{tcp(port)}, local)
	address := h.awaitAddress(t, "web")
	if answer, err := ask("tcp", address, port); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("without an endpoint the answer is %q, %v, want a reset", answer, err)
	}
	endpointSlices := h.client.DiscoveryV1().EndpointSlices("default")
	isReady := discoveryv1.EndpointConditions{} // ready defaults to true
	isTerminating := discoveryv1.EndpointConditions{Ready: ptr.To(false), Serving: ptr.To(true), Terminating: ptr.To(true)}
	hasEnded := discoveryv1.EndpointConditions{Ready: ptr.To(false), Serving: ptr.To(false), Terminating: ptr.To(true)}
	if _, err := endpointSlices.Create(t.Context(), endpoints(isReady, "b", "c"), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	await(t, "an answer", func() bool { _, err := ask("tcp", address, port); return err == nil })
	if got, want := answers(t, address, port), []string{second}; !slices.Equal(got, want) {
		t.Errorf("%q answer, want %q", got, want)
	}

	both := endpoints(isReady, "a")
	both.Endpoints = append(both.Endpoints, endpoints(isTerminating, "b").Endpoints...)
	if _, err := endpointSlices.Update(t.Context(), both, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	await(t, "only the node with a ready endpoint answers", func() bool { return slices.Equal(answers(t, address, port), []string{first}) })
	if _, err := endpointSlices.Update(t.Context(), endpoints(isTerminating, "b"), metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	await(t, "only the terminating endpoint is left", func() bool { return slices.Equal(answers(t, address, port), []string{second}) })
	if _, err := endpointSlices.Update(t.Context(), endpoints(hasEnded, "b"), metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	await(t, "a reset where no endpoint serves", func() bool {
		_, err := ask("tcp", address, port)
		return errors.Is(err, syscall.ECONNRESET)
	})
}

func TestWithSessionAffinityAClientStaysOnItsNode(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue), node("b", second, corev1.ConditionTrue), node("c", third, corev1.ConditionTrue))
	port := serve(t, first, second, third)
	h.create(t, "web", []corev1.ServicePort{tcp(port), udp(port)}, func(service *corev1.Service) {
		service.Spec.SessionAffinity = corev1.ServiceAffinityClientIP
	})
	address := h.awaitAddress(t, "web")
	before := answers(t, address, port)
	if len(before) != 1 {
		t.Fatalf("%q answer one client, want one node", before)
	}
	wantAnswer(t, "udp", address, port, before[0])
	var others []string
	for _, client := range []string{"127.0.0.2", "127.0.0.3", "127.0.0.4"} {
		answer, err := askFrom(client, "tcp", address, port)
		if err != nil {
			t.Fatal(err)
		}
		others = append(others, answer)
	}
	slices.Sort(others)
	if others = slices.Compact(others); len(others) != 3 {
		t.Errorf("three other clients are answered by %q, want by three nodes", others)
	}

	h.change(t, "web", func(service *corev1.Service) { service.Labels = map[string]string{"changed": "true"} })
	h.addNode(t, node("0", "127.123.0.9", corev1.ConditionTrue))
	if after := answers(t, address, port); !slices.Equal(after, before) {
		t.Errorf("after a change of the Service %q answer, want %q", after, before)
	}
	names := map[string]string{first: "a", second: "b", third: "c"}
	gone := node(names[before[0]], before[0], corev1.ConditionUnknown)
	if _, err := h.client.CoreV1().Nodes().UpdateStatus(t.Context(), gone, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	await(t, "another node", func() bool { return answers(t, address, port)[0] != before[0] })
	if after := answers(t, address, port); len(after) != 1 {
		t.Errorf("without its node %q answer the client, want one node", after)
	}
}

func TestOnlyClientsInTheSourceRangesAreServed(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue))
	port := serve(t, first)
	h.create(t, "web", []corev1.ServicePort{tcp(port), udp(port)}, func(service *corev1.Service) {
		service.Spec.LoadBalancerSourceRanges = []string{"10.0.0.0/8", "127.0.0.8/29"}
	})
	address := h.awaitAddress(t, "web")
	for _, protocol := range []string{"tcp", "udp"} {
		if answer, err := askFrom("127.0.0.9", protocol, address, port); answer != first || err != nil {
			t.Errorf("by %s the answer to 127.0.0.9 is %q, %v, want %q", protocol, answer, err, first)
		}
		if answer, err := askFrom("127.0.0.1", protocol, address, port); err == nil {
			t.Errorf("by %s the answer to 127.0.0.1 is %q, want none", protocol, answer)
		}
	}
}

func TestSourceRangesThatExcludeAllClientsAreReported(t *testing.T) {
	h := newHost(t, node("a", first, corev1.ConditionTrue))
	h.create(t, "web", []corev1.ServicePort{tcp(serve(t, first))}, func(service *corev1.Service) {
		service.Spec.LoadBalancerSourceRanges = []string{"192.0.2.0/24"}
	})
	wantMention(t, h.awaitEvent(t, "web", "NobodyAllowed"), "192.0.2.0/24", "127.0.0.0/8")
	h.awaitAddress(t, "web")
	h.create(t, "typo", []corev1.ServicePort{tcp(1)}, func(service *corev1.Service) {
		service.Annotations = map[string]string{corev1.AnnotationLoadBalancerSourceRangesKey: "192.0.2.0/240"}
	})
	wantMention(t, h.awaitEvent(t, "typo", "SourceRangesNotValid"),
		corev1.AnnotationLoadBalancerSourceRangesKey, "192.0.2.0/240", "previous address")
	h.create(t, "empty", []corev1.ServicePort{tcp(1)}, func(service *corev1.Service) {
		service.Spec.LoadBalancerSourceRanges = []string{"192.0.2.0/33"}
	})
	wantMention(t, h.awaitEvent(t, "empty", "SourceRangesNotValid"),
		"LoadBalancerSourceRanges", "192.0.2.0/33", "previous address")
}
