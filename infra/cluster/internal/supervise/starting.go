package supervise

import (
	"context"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
)

// tellStarting returns nil once the API server has been told that the node starts, by which it is no longer Ready. A kubelet
// that finds the Ready of its last life takes half a minute to look after its Pods, and in the meantime Services would lead
// to Pods that are gone.
func tellStarting(client kubernetes.Interface, name string) func(context.Context) error {
	return func(ctx context.Context) error {
		patch, err := json.Marshal(corev1.Node{Status: corev1.NodeStatus{Conditions: []corev1.NodeCondition{{
			Type: corev1.NodeReady, Status: corev1.ConditionUnknown,
			Reason: "NodeStarts", Message: "the node starts",
			LastHeartbeatTime: metav1.Now(), LastTransitionTime: metav1.Now(),
		}}}})
		if err != nil {
			return err
		}
		_, err = client.CoreV1().Nodes().Patch(ctx, name, types.StrategicMergePatchType, patch, metav1.PatchOptions{}, "status")
		if err != nil && !apierrors.IsNotFound(err) { // a node that starts for the first time is not known
			return fmt.Errorf("tell that node %s starts: %w", name, err)
		}
		return nil
	}
}
