package node

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/pki"
	"example.com/kubernetes-networking/infra/cluster/internal/supervisor"
)

// kubelet starts after containerd, and after the API server has marked the node as not Ready.
func kubelet(root layout.Root, node layout.Node, notReady supervisor.Probe) supervisor.Component {
	return supervisor.Component{
		Name: "kubelet",
		Command: []string{
			root.Bin("kubelet"),
			"--config=" + root.State("kubelet.yaml"),
			"--kubeconfig=" + root.UserKubeconfig(pki.Kubelet),
			"--root-dir=" + root.State("kubelet"),
			"--hostname-override=" + node.Name(),
			"--node-ip=" + node.IP(),
			"--cloud-provider=external", // package nodeaddresses publishes the node's addresses
		},
		Log:   root.Log("kubelet"),
		Needs: []string{"containerd"},
		After: notReady,
		Ready: supervisor.HTTPGet("http://127.0.0.1:10248/healthz"),
		Stop:  supervisor.Stop{Step: stopControllers, Grace: time.Second},
	}
}

// markNotReady returns a probe that sets the node's condition Ready to Unknown. Without it, the Ready of the last run
// remains: a kubelet then takes half a minute to start Pods, and Services lead to Pods that do not exist until then.
func markNotReady(client kubernetes.Interface, name string) supervisor.Probe {
	return supervisor.Probe{Name: "the node is marked as not Ready", Check: func(ctx context.Context) error {
		patch, err := json.Marshal(corev1.Node{Status: corev1.NodeStatus{Conditions: []corev1.NodeCondition{{
			Type: corev1.NodeReady, Status: corev1.ConditionUnknown,
			Reason: "NodeStarts", Message: "the node starts",
			LastHeartbeatTime: metav1.Now(), LastTransitionTime: metav1.Now(),
		}}}})
		if err != nil {
			return err
		}
		nodes := client.CoreV1().Nodes()
		_, err = nodes.Patch(ctx, name, types.StrategicMergePatchType, patch, metav1.PatchOptions{}, "status")
		if err != nil && !apierrors.IsNotFound(err) { // a new node does not exist yet
			return fmt.Errorf("mark node %s as not Ready: %w", name, err)
		}
		return nil
	}}
}
