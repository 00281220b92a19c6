package nodeaddresses

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes/fake"
)

func TestANodeGetsItsAddressOnTheHost(t *testing.T) {
	const taint = "node.cloudprovider.kubernetes.io/uninitialized"
	internal := corev1.NodeAddress{Type: corev1.NodeInternalIP, Address: "10.123.0.3"}
	hostName := corev1.NodeAddress{Type: corev1.NodeHostName, Address: "demo-2"}
	notReady := corev1.Taint{Key: corev1.TaintNodeNotReady, Effect: corev1.TaintEffectNoSchedule}
	for name, node := range map[string]*corev1.Node{
		"registered by its kubelet": {
			Spec:   corev1.NodeSpec{Taints: []corev1.Taint{{Key: taint, Value: "true", Effect: corev1.TaintEffectNoSchedule}, notReady}},
			Status: corev1.NodeStatus{Addresses: []corev1.NodeAddress{internal, hostName}},
		},
		"of a cluster from before": {
			Spec:   corev1.NodeSpec{Taints: []corev1.Taint{notReady}},
			Status: corev1.NodeStatus{Addresses: []corev1.NodeAddress{internal, hostName}},
		},
		"with somebody else's address": {
			Spec:   corev1.NodeSpec{Taints: []corev1.Taint{notReady}},
			Status: corev1.NodeStatus{Addresses: []corev1.NodeAddress{{Type: corev1.NodeExternalIP, Address: "192.0.2.1"}, internal}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			node.Name = "demo-2"
			client := fake.NewClientset(node)
			changes, err := client.CoreV1().Nodes().Watch(t.Context(), metav1.ListOptions{})
			if err != nil {
				t.Fatal(err)
			}
			go func() { _ = Run(t.Context(), client) }()
			want := []corev1.NodeAddress{internal, {Type: corev1.NodeExternalIP, Address: "127.81.0.2"}, hostName}
			var got *corev1.Node
			for change := range changes.ResultChan() {
				if got, _ = change.Object.(*corev1.Node); change.Type == watch.Modified && slices.Equal(got.Status.Addresses, want) &&
					slices.Equal(got.Spec.Taints, []corev1.Taint{notReady}) {
					return
				}
			}
			t.Fatalf("the node is %+v", got)
		})
	}
}

func TestOtherNodesAreLeftAlone(t *testing.T) {
	client := fake.NewClientset()
	if err := initialize(t.Context(), client, nil, "kwok-1"); err != nil {
		t.Fatal(err)
	}
	if actions := client.Actions(); len(actions) != 0 {
		t.Errorf("a node of another cluster was changed: %v", actions)
	}
}
