package supervise

import (
	"context"
	"fmt"
	"net"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"example.com/kubernetes-networking/infra/cluster/internal/addons"
	"example.com/kubernetes-networking/infra/cluster/internal/components"
	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/registry"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

// readyTimeout bounds the start of the cluster; a slow machine needs a tenth of it.
const readyTimeout = 3 * time.Minute

// readiness brings a started cluster to the point where it can be used: node Ready, cluster DNS answering.
type readiness struct {
	root       layout.Root
	client     kubernetes.Interface
	status     *supervisor.StatusFile
	supervisor *supervisor.Supervisor
	since      time.Time
}

func (r *readiness) run(ctx context.Context, pauseImage, corednsImage string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, readyTimeout, fmt.Errorf("not within %s", readyTimeout))
	defer cancel()
	for _, step := range []struct {
		waitingFor string
		do         func(context.Context) error
	}{
		{"the registry", func(ctx context.Context) error { return r.supervisor.Await(ctx, "registry") }},
		{"system images", func(ctx context.Context) error { return r.pushImages(ctx, pauseImage, corednsImage) }},
		{"the API server", func(ctx context.Context) error { return r.supervisor.Await(ctx, components.APIServer) }},
		{"the add-ons", func(ctx context.Context) error { return addons.Apply(ctx, r.root, corednsImage) }},
		{"the node", func(ctx context.Context) error { return supervisor.Poll(ctx, 50*time.Millisecond, r.nodeReady) }},
		{"cluster DNS", func(ctx context.Context) error { return supervisor.Poll(ctx, 50*time.Millisecond, dnsAnswers) }},
	} {
		r.status.Change(func(s *supervisor.Status) { s.Waiting = step.waitingFor })
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.waitingFor, err)
		}
	}
	r.status.Change(func(s *supervisor.Status) { s.Waiting, s.Ready = "", true })
	return nil
}

func (r *readiness) pushImages(ctx context.Context, pauseImage, corednsImage string) error {
	if err := registry.PushBinary(ctx, pauseImage, r.root.Bin("pause")); err != nil {
		return err
	}
	return registry.PushBinary(ctx, corednsImage, r.root.Bin("coredns"))
}

// nodeReady checks for a Ready that the kubelet reported in this life of the cluster: etcd remembers the last one's.
func (r *readiness) nodeReady(ctx context.Context) error {
	node, err := r.client.CoreV1().Nodes().Get(ctx, layout.NodeName, metav1.GetOptions{})
	if err != nil {
		return err
	}
	for _, condition := range node.Status.Conditions {
		if condition.Type != corev1.NodeReady {
			continue
		}
		// Times of the API have whole seconds.
		if condition.Status == corev1.ConditionTrue && !condition.LastHeartbeatTime.Time.Before(r.since.Truncate(time.Second)) {
			return nil
		}
		return fmt.Errorf("node %s: %s", node.Name, condition.Message)
	}
	return fmt.Errorf("node %s has reported nothing yet", node.Name)
}

// dnsAnswers asks the cluster DNS, at its ClusterIP, for the name that every cluster has.
func dnsAnswers(ctx context.Context) error {
	resolver := &net.Resolver{
		PreferGo: true,
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort(layout.DNSIP, "53"))
		},
	}
	ctx, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	_, err := resolver.LookupHost(ctx, "kubernetes.default.svc."+layout.ClusterDomain+".")
	return err
}
