package nodeaddresses

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
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

func TestAFailedInitializationIsRetriedAfter50MillisecondsTo5Seconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := fake.NewClientset(&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "demo-2"}})
		var attempts []time.Time
		ctx, cancel := context.WithCancel(t.Context())
		client.PrependReactor("patch", "nodes", func(clienttesting.Action) (bool, runtime.Object, error) {
			if attempts = append(attempts, time.Now()); len(attempts) == 10 {
				cancel()
			}
			return true, nil, errors.New("the API server is unavailable")
		})
		if err := Run(ctx, client); err != nil {
			t.Fatal(err)
		}
		var delays []time.Duration
		for i := range attempts[1:] {
			delays = append(delays, attempts[i+1].Sub(attempts[i]))
		}
		want := []time.Duration{50, 100, 200, 400, 800, 1600, 3200, 5000, 5000}
		for i := range want {
			want[i] *= time.Millisecond
		}
		if !slices.Equal(delays, want) {
			t.Errorf("delays are %v, want %v", delays, want)
		}
	})
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
