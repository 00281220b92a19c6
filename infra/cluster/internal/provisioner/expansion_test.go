package provisioner

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/cache"
)

func storage(size string) corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourceStorage: resource.MustParse(size)}
}

// bound returns a bound claim and its volume.
func bound(requested, capacity, provisioner string) (*corev1.PersistentVolumeClaim, *corev1.PersistentVolume) {
	claim := &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "data", UID: types.UID("1")},
		Spec: corev1.PersistentVolumeClaimSpec{
			VolumeName: "pvc-1", Resources: corev1.VolumeResourceRequirements{Requests: storage(requested)},
		},
		Status: corev1.PersistentVolumeClaimStatus{
			Phase: corev1.ClaimBound, Capacity: storage(capacity),
			Conditions: []corev1.PersistentVolumeClaimCondition{{Type: corev1.PersistentVolumeClaimFileSystemResizePending}},
		},
	}
	volume := &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: "pvc-1", Annotations: map[string]string{provisionedBy: provisioner}},
		Spec: corev1.PersistentVolumeSpec{
			Capacity: storage(capacity), ClaimRef: &corev1.ObjectReference{Namespace: "shop", Name: "data", UID: claim.UID},
		},
	}
	return claim, volume
}

func TestVolumeIsExpandedToTheRequestOfItsClaim(t *testing.T) {
	for name, requestedAtStart := range map[string]string{"requested while the controller was stopped": "2Gi", "requested later": "1Gi"} {
		t.Run(name, func(t *testing.T) {
			claim, volume := bound(requestedAtStart, "1Gi", Name)
			client := fake.NewClientset(claim, volume)
			reported := make(chan *corev1.PersistentVolumeClaim, 1)
			client.PrependReactor("update", "persistentvolumeclaims/status", func(action clienttesting.Action) (bool, runtime.Object, error) {
				reported <- action.(clienttesting.UpdateAction).GetObject().(*corev1.PersistentVolumeClaim)
				return false, nil, nil
			})
			e, err := newExpander(client)
			if err != nil {
				t.Fatal(err)
			}
			go e.run(t.Context())
			if requestedAtStart == "1Gi" {
				larger := claim.DeepCopy()
				larger.Spec.Resources.Requests = storage("2Gi")
				if _, err := client.CoreV1().PersistentVolumeClaims("shop").Update(t.Context(), larger, metav1.UpdateOptions{}); err != nil {
					t.Fatal(err)
				}
			}
			got := <-reported
			if size := got.Status.Capacity.Storage().String(); size != "2Gi" || len(got.Status.Conditions) != 0 {
				t.Errorf("the claim has %s and the conditions %v, want 2Gi and none", size, got.Status.Conditions)
			}
			expanded, err := client.CoreV1().PersistentVolumes().Get(t.Context(), "pvc-1", metav1.GetOptions{})
			if err != nil || expanded.Spec.Capacity.Storage().String() != "2Gi" {
				t.Errorf("the volume has %v (%v), want 2Gi before the claim does", expanded.Spec.Capacity, err)
			}
		})
	}
}

func TestOtherVolumesAreLeftAlone(t *testing.T) {
	for _, c := range []struct{ name, requested, provisioner string }{
		{"another provisioner", "2Gi", "example.com/other"},
		{"the requested size", "1Gi", Name},
		{"larger than the request", "512Mi", Name},
	} {
		t.Run(c.name, func(t *testing.T) {
			claim, volume := bound(c.requested, "1Gi", c.provisioner)
			client := fake.NewClientset(claim, volume)
			e, err := newExpander(client)
			if err != nil {
				t.Fatal(err)
			}
			e.start(t.Context().Done())
			if !cache.WaitForCacheSync(t.Context().Done(), e.synced) {
				t.Fatal("the cache is not synced")
			}
			if err := e.expand(t.Context(), cache.MetaObjectToName(claim)); err != nil {
				t.Fatal(err)
			}
			for _, action := range client.Actions() {
				if action.GetVerb() == "update" {
					t.Errorf("the controller changed %s", action.GetResource().Resource)
				}
			}
		})
	}
}
