//go:build e2e

package security

import (
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/utils/ptr"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/pki"
)

// TestNodeHasRightsOnlyForItself uses the credentials of a kubelet, which a container with access to the node's files
// can read.
func TestNodeHasRightsOnlyForItself(t *testing.T) {
	t.Parallel()
	self, other := layout.Node(1), layout.Node(2)
	ns := clustertest.Namespace(t)
	clustertest.Kubectl(t, "create", "secret", "generic", "here", "--namespace", ns, "--from-literal=password=1")
	clustertest.Kubectl(t, "create", "secret", "generic", "there", "--namespace", ns, "--from-literal=password=2")
	for secret, node := range map[string]layout.Node{"here": self, "there": other} {
		startPod(t, ns, "pod-"+secret, on(node.Name(), func(s *corev1.PodSpec) {
			s.Containers[0].EnvFrom = []corev1.EnvFromSource{{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: secret}}}}
		}))
	}
	client := kubeletClient(t, self)
	core, ctx := client.CoreV1(), t.Context()
	relabel := func(node layout.Node, label string) error {
		patch := []byte(`{"metadata": {"labels": {"` + label + `": "x"}}}`)
		_, err := core.Nodes().Patch(ctx, node.Name(), types.MergePatchType, patch, metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}})
		return err
	}
	mirror := func(node layout.Node) error {
		_, err := core.Pods(ns).Create(ctx, &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: "mirror", Annotations: map[string]string{corev1.MirrorPodAnnotationKey: "1"}, OwnerReferences: []metav1.OwnerReference{
				{APIVersion: "v1", Kind: "Node", Name: node.Name(), UID: uid(t, node), Controller: ptr.To(true)},
			}},
			Spec: corev1.PodSpec{NodeName: node.Name(), Containers: []corev1.Container{{Name: "main", Image: clustertest.Busybox}}},
		}, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		return err
	}
	renew := func(node layout.Node) error {
		patch := []byte(`{"spec": {"leaseDurationSeconds": 41}}`)
		_, err := client.CoordinationV1().Leases(corev1.NamespaceNodeLease).Patch(ctx, node.Name(), types.MergePatchType, patch, metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}})
		return err
	}
	deletion := metav1.DeleteOptions{DryRun: []string{metav1.DryRunAll}}
	for what, c := range map[string]struct {
		err       error
		forbidden bool
	}{
		"read a Secret of its Pods":                   {second(core.Secrets(ns).Get(ctx, "here", metav1.GetOptions{})), false},
		"read a Secret of another node's Pods":        {second(core.Secrets(ns).Get(ctx, "there", metav1.GetOptions{})), true},
		"list Secrets":                                {second(core.Secrets(ns).List(ctx, metav1.ListOptions{})), true},
		"label itself":                                {relabel(self, "example.com/x"), false},
		"label itself as restricted":                  {relabel(self, "node-restriction.kubernetes.io/x"), true},
		"label another node":                          {relabel(other, "example.com/x"), true},
		"delete another node":                         {core.Nodes().Delete(ctx, other.Name(), deletion), true},
		"renew its lease":                             {renew(self), false},
		"renew another node's lease":                  {renew(other), true},
		"delete a Pod of its own":                     {core.Pods(ns).Delete(ctx, "pod-here", deletion), false},
		"delete another node's Pod":                   {core.Pods(ns).Delete(ctx, "pod-there", deletion), true},
		"mirror a Pod of its own":                     {mirror(self), false},
		"mirror a Pod of another node's":              {mirror(other), true},
		"create a token for an account of its Pods":   {second(core.ServiceAccounts(ns).CreateToken(ctx, "default", boundToken(t, ns, "pod-here"), metav1.CreateOptions{})), false},
		"create a token for another node's Pod":       {second(core.ServiceAccounts(ns).CreateToken(ctx, "default", boundToken(t, ns, "pod-there"), metav1.CreateOptions{})), true},
		"create a token for an account without a Pod": {second(core.ServiceAccounts("kube-system").CreateToken(ctx, "generic-garbage-collector", boundToken(t, ns, "pod-here"), metav1.CreateOptions{})), true},
	} {
		if c.forbidden != apierrors.IsForbidden(c.err) || !c.forbidden && c.err != nil {
			t.Errorf("a node tries to %s: %v; want it to be forbidden: %t", what, c.err, c.forbidden)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// kubeletClient returns a client with the credentials of a node's kubelet.
func kubeletClient(t *testing.T, node layout.Node) kubernetes.Interface {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("https://"+layout.APIAddress, clustertest.Root().NodeState(node, "users", pki.Kubelet+".conf"))
	if err != nil {
		t.Fatal(err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func uid(t *testing.T, node layout.Node) types.UID {
	t.Helper()
	object, err := clustertest.Client(t).CoreV1().Nodes().Get(t.Context(), node.Name(), metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return object.UID
}

// boundToken returns a request for a token that is bound to a Pod, as kubelets send it.
func boundToken(t *testing.T, namespace, pod string) *authenticationv1.TokenRequest {
	t.Helper()
	object, err := clustertest.Client(t).CoreV1().Pods(namespace).Get(t.Context(), pod, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{
		BoundObjectRef: &authenticationv1.BoundObjectReference{APIVersion: "v1", Kind: "Pod", Name: pod, UID: object.UID},
	}}
}
