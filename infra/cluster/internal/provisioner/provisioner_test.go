package provisioner

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

func TestVolumeIsAFolderThatIsDeletedWithIt(t *testing.T) {
	root := layout.Root(t.TempDir())
	if err := os.MkdirAll(root.NodeState(2), 0o700); err != nil {
		t.Fatal(err)
	}
	volume, state, err := folders(root).Provision(t.Context(), controller.ProvisionOptions{
		PVName:           "pvc-1",
		SelectedNodeName: "demo-2",
		StorageClass:     &storagev1.StorageClass{ReclaimPolicy: ptr.To(corev1.PersistentVolumeReclaimRetain)},
		PVC: &corev1.PersistentVolumeClaim{Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources: corev1.VolumeResourceRequirements{
				Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")},
			},
		}},
	})
	if err != nil || state != controller.ProvisioningFinished {
		t.Fatalf("Provision: %v, %v", state, err)
	}
	path := root.NodeState(2, "volumes", "pvc-1")
	if got := volume.Spec.Local.Path; got != "/run/local/cluster/volumes/pvc-1" {
		t.Errorf("path is %s, want the path inside the node", got)
	}
	if got := volume.Spec.NodeAffinity.Required.NodeSelectorTerms[0].MatchExpressions[0].Values; !slices.Equal(got, []string{"demo-2"}) {
		t.Errorf("the volume is on %q, want the selected node", got)
	}
	if got := volume.Spec.Capacity[corev1.ResourceStorage]; got.String() != "1Gi" {
		t.Errorf("capacity is %s, want 1Gi", got.String())
	}
	if got := volume.Spec.PersistentVolumeReclaimPolicy; got != corev1.PersistentVolumeReclaimRetain {
		t.Errorf("reclaim policy is %s, want Retain, as in the class", got)
	}
	if err := os.WriteFile(filepath.Join(path, "data"), []byte("1"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := folders(root).Delete(t.Context(), volume); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there: %v", path, err)
	}
}

func TestSymbolicLinksOfANodeAreNotFollowed(t *testing.T) {
	root, elsewhere := layout.Root(t.TempDir()), t.TempDir()
	if err := os.Mkdir(filepath.Join(elsewhere, "home"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(root.NodeState(1), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, root.NodeState(1, "volumes")); err != nil {
		t.Fatal(err)
	}
	if err := folders(root).create(1, "pvc-1"); err == nil {
		t.Error("a folder was created through the link, want an error")
	}
	if err := folders(root).remove(1, "home"); err == nil {
		t.Error("a folder was deleted through the link, want an error")
	}
	left, err := os.ReadDir(elsewhere)
	if err != nil || len(left) != 1 || left[0].Name() != "home" {
		t.Errorf("the link's target holds %v (%v), want only home", left, err)
	}
}
