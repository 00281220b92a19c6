package provisioner

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	listers "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"

	"example.com/kubernetes-networking/infra/cluster/internal/syncqueue"
)

// provisionedBy is the annotation in which the provisioner library stores the provisioner's name.
const provisionedBy = "pv.kubernetes.io/provisioned-by"

// expander expands volumes to the size that their claims request. A folder has no size, so only the API objects change:
// the capacity of the PersistentVolume, then the capacity in the claim's status. It does the work of the external
// resizer in https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims.
type expander struct {
	client   kubernetes.Interface
	claims   listers.PersistentVolumeClaimLister
	synced   cache.InformerSynced
	start    func(stop <-chan struct{})
	queue    *syncqueue.Queue
	recorder record.EventRecorder
}

func newExpander(client kubernetes.Interface) (*expander, error) {
	factory := informers.NewSharedInformerFactory(client, 0)
	claims := factory.Core().V1().PersistentVolumeClaims()
	events := record.NewBroadcaster()
	events.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: client.CoreV1().Events("")})
	e := &expander{
		client: client, claims: claims.Lister(), synced: claims.Informer().HasSynced, start: factory.Start,
		queue: syncqueue.New(), recorder: events.NewRecorder(scheme.Scheme, corev1.EventSource{Component: Name}),
	}
	_, err := claims.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    e.enqueue,
		UpdateFunc: func(_, claim any) { e.enqueue(claim) },
	})
	return e, err
}

func (e *expander) enqueue(object any) {
	if claim, ok := object.(*corev1.PersistentVolumeClaim); ok && needsExpansion(claim) {
		e.queue.AddObject(claim)
	}
}

// run expands volumes until ctx ends.
func (e *expander) run(ctx context.Context) {
	e.start(ctx.Done())
	if cache.WaitForNamedCacheSync("expander", ctx.Done(), e.synced) {
		e.queue.Work(ctx, e.expand)
	}
}

// expand expands the volume of one claim. It does nothing for volumes of other provisioners.
func (e *expander) expand(ctx context.Context, name cache.ObjectName) error {
	claim, err := e.claims.PersistentVolumeClaims(name.Namespace).Get(name.Name)
	if err != nil || !needsExpansion(claim) {
		return nil // deleted or expanded in the meantime
	}
	volume, err := e.client.CoreV1().PersistentVolumes().Get(ctx, claim.Spec.VolumeName, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read volume %s: %w", claim.Spec.VolumeName, err)
	}
	if volume.Annotations[provisionedBy] != Name || volume.Spec.ClaimRef == nil || volume.Spec.ClaimRef.UID != claim.UID {
		return nil
	}
	size := claim.Spec.Resources.Requests[corev1.ResourceStorage]
	if volume.Spec.Capacity.Storage().Cmp(size) < 0 {
		volume.Spec.Capacity = corev1.ResourceList{corev1.ResourceStorage: size}
		if _, err := e.client.CoreV1().PersistentVolumes().Update(ctx, volume, metav1.UpdateOptions{}); err != nil {
			return fmt.Errorf("expand volume %s: %w", volume.Name, err)
		}
	}
	expanded := claim.DeepCopy()
	expanded.Status.Capacity = corev1.ResourceList{corev1.ResourceStorage: size}
	expanded.Status.Conditions = slices.DeleteFunc(expanded.Status.Conditions, func(condition corev1.PersistentVolumeClaimCondition) bool {
		return condition.Type == corev1.PersistentVolumeClaimResizing || condition.Type == corev1.PersistentVolumeClaimFileSystemResizePending
	})
	if _, err := e.client.CoreV1().PersistentVolumeClaims(name.Namespace).UpdateStatus(ctx, expanded, metav1.UpdateOptions{}); err != nil {
		return fmt.Errorf("report the size of claim %s: %w", name, err)
	}
	e.recorder.Eventf(claim, corev1.EventTypeNormal, "VolumeResizeSuccessful", "Expanded volume %s to %s", volume.Name, size.String())
	return nil
}

// needsExpansion reports whether a bound claim requests more than the capacity in its status.
func needsExpansion(claim *corev1.PersistentVolumeClaim) bool {
	return claim.Status.Phase == corev1.ClaimBound &&
		claim.Spec.Resources.Requests.Storage().Cmp(*claim.Status.Capacity.Storage()) > 0
}
