// Package provisioner makes a folder on the node for each claim of the default StorageClass.
package provisioner

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// Name is what a StorageClass names to be served by this provisioner.
const Name = "kubernetes-networking/local"

// Run serves claims until ctx ends. Volumes are folders below dir.
func Run(ctx context.Context, client kubernetes.Interface, dir string) error {
	if err := os.MkdirAll(dir, 0o711); err != nil {
		return err
	}
	_ = spread(dir) // other file systems have no such attribute, and need none
	controller.NewProvisionController(ctx, client, Name, folders(dir), controller.LeaderElection(false)).Run(ctx)
	return nil
}

type folders string

// Provision makes the folder. A `local` volume, unlike a hostPath, is given the Pod's fsGroup by the kubelet, so a
// container that is not root can write to it.
func (f folders) Provision(_ context.Context, options controller.ProvisionOptions) (*corev1.PersistentVolume, controller.ProvisioningState, error) {
	path := f.path(options.PVName)
	if err := os.Mkdir(path, 0o770); err != nil && !os.IsExist(err) {
		return nil, controller.ProvisioningNoChange, fmt.Errorf("make a folder for volume %s: %w", options.PVName, err)
	}
	return &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: options.PVName},
		Spec: corev1.PersistentVolumeSpec{
			PersistentVolumeReclaimPolicy: *options.StorageClass.ReclaimPolicy,
			AccessModes:                   options.PVC.Spec.AccessModes,
			VolumeMode:                    options.PVC.Spec.VolumeMode,
			Capacity: corev1.ResourceList{
				// A folder has no size of its own: the claim's is noted, not enforced.
				corev1.ResourceStorage: options.PVC.Spec.Resources.Requests[corev1.ResourceStorage],
			},
			PersistentVolumeSource: corev1.PersistentVolumeSource{Local: &corev1.LocalVolumeSource{Path: path}},
			NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{
				NodeSelectorTerms: []corev1.NodeSelectorTerm{{
					MatchExpressions: []corev1.NodeSelectorRequirement{{
						Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: []string{layout.NodeName},
					}},
				}},
			}},
		},
	}, controller.ProvisioningFinished, nil
}

// Delete removes the folder and what is in it.
func (f folders) Delete(_ context.Context, volume *corev1.PersistentVolume) error {
	if err := os.RemoveAll(f.path(volume.Name)); err != nil {
		return fmt.Errorf("remove the folder of volume %s: %w", volume.Name, err)
	}
	return nil
}

func (f folders) path(volume string) string { return filepath.Join(string(f), volume) }
