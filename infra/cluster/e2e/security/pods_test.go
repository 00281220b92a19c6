//go:build e2e

package security

import (
	"errors"
	"net"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

// kind changes the rights of a Pod.
type kind func(*corev1.PodSpec)

// kinds maps names to Pods with different rights. The privileged one has all rights that Kubernetes can grant.
var kinds = map[string]kind{
	"plain":       func(*corev1.PodSpec) {},
	"hostnetwork": func(s *corev1.PodSpec) { s.HostNetwork = true },
	"privileged":  privileged,
}

func privileged(s *corev1.PodSpec) {
	s.HostNetwork, s.HostPID, s.HostIPC = true, true, true
	main := &s.Containers[0]
	main.SecurityContext = &corev1.SecurityContext{Privileged: ptr.To(true)}
	main.VolumeMounts = []corev1.VolumeMount{{Name: "node", MountPath: "/node"}}
	s.Volumes = []corev1.Volume{{Name: "node", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/"}}}}
}

// on assigns a Pod to a node without the scheduler.
func on(node string, kind kind) kind {
	return func(s *corev1.PodSpec) {
		kind(s)
		s.NodeName = node
	}
}

// startPod starts a Pod that sleeps, and waits until it is Ready.
func startPod(t *testing.T, namespace, name string, kind kind) {
	t.Helper()
	pods := clustertest.Client(t).CoreV1().Pods(namespace)
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: corev1.PodSpec{
		TerminationGracePeriodSeconds: ptr.To[int64](0),
		Containers:                    []corev1.Container{{Name: "main", Image: clustertest.Busybox, Command: []string{"sleep", "infinity"}}},
	}}
	kind(&pod.Spec)
	if _, err := pods.Create(t.Context(), pod, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	clustertest.Await(t, "Pod "+name, func() error {
		pod, err := pods.Get(t.Context(), name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		for _, condition := range pod.Status.Conditions {
			if condition.Type == corev1.PodReady && condition.Status == corev1.ConditionTrue {
				return nil
			}
		}
		return errors.New("it is " + string(pod.Status.Phase))
	})
}

// connect opens a TCP connection from a Pod.
func connect(t *testing.T, namespace, pod, address string) error {
	t.Helper()
	ip, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	_, err = clustertest.TryKubectl(t, "exec", "--namespace", namespace, pod, "--", "nc", "-w", "2", ip, port, "-e", "true")
	return err
}
