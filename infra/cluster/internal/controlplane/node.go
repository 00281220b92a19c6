package controlplane

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/process"
	"example.com/kubernetes-networking/infra/cluster/internal/sandbox"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

// node returns a node as a component: process 1 of its sandbox, which starts what node.Components returns.
func node(c Config, n layout.Node) supervisor.Component {
	options := process.Options{Root: c.Root, Node: n, Cgroup: filepath.Join(c.NodesCgroup, n.Name())}
	return supervisor.Component{
		Name:       n.Name(),
		Command:    process.InitNode.Line(options),
		Files:      process.InitNode.Files(map[process.File]*os.File{process.ClusterNet: c.ClusterNet}),
		Cloneflags: sandbox.Namespaces,
		Log:        c.Root.Log(n.Name()),
		After:      c.NodeStart,
		Ready:      c.NodeReady(n),
		// The orderly stop in package node takes at most 1 s for the kubelet, kube-proxy and the Pod network, 4 s for the
		// containers, and 1 s for containerd.
		Stop: supervisor.Stop{Step: stopNodes, Grace: 6 * time.Second},
	}
}

// nodeReady returns a probe that succeeds when all components of a node are ready.
func (c *cluster) nodeReady(n layout.Node) supervisor.Probe {
	return supervisor.Probe{Name: "all its components are ready", Check: func(context.Context) error {
		status, err := supervisor.ReadStatus(c.root.NodeState(n, "status.json"))
		if err == nil && status.Started.Before(c.status.Since(n.Name())) {
			err = errors.New("stale status from before the restart")
		}
		if err == nil && !status.Serving() {
			err = fmt.Errorf("waiting for %s", status.WaitingFor())
		}
		return err
	}}
}

// CheckNodeReady returns an error unless the node is Ready and its kubelet has reported since then: etcd keeps older
// reports, and a kubelet that restarts reports nothing if nothing changed.
func CheckNodeReady(ctx context.Context, client kubernetes.Interface, name string, since time.Time) error {
	node, err := client.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	for _, condition := range node.Status.Conditions {
		switch {
		case condition.Type != corev1.NodeReady:
			continue
		case condition.Status != corev1.ConditionTrue:
			return fmt.Errorf("node %s: %s", name, condition.Message)
		case !condition.LastHeartbeatTime.Time.Before(since.Truncate(time.Second)): // the API counts in whole seconds
			return nil
		}
		return checkLease(ctx, client, name, since)
	}
	return fmt.Errorf("node %s has not reported yet", name)
}

// checkLease returns an error unless the kubelet renewed its lease since then. A kubelet renews it every ten seconds,
// and creates it a few seconds after the Node.
func checkLease(ctx context.Context, client kubernetes.Interface, name string, since time.Time) error {
	lease, err := client.CoordinationV1().Leases(corev1.NamespaceNodeLease).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if lease.Spec.RenewTime == nil || lease.Spec.RenewTime.Time.Before(since) {
		return fmt.Errorf("the kubelet of node %s has not renewed its lease yet", name)
	}
	return nil
}
