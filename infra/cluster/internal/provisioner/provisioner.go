// Package provisioner makes a folder on a node for each claim of the default StorageClass, and expands its volume.
package provisioner

import (
	"context"
	"errors"
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

// Run serves claims until ctx ends. A volume is a folder in the state folder of its node.
func Run(ctx context.Context, client kubernetes.Interface, root layout.Root) error {
	expander, err := newExpander(client)
	if err != nil {
		return fmt.Errorf("watch claims: %w", err)
	}
	go expander.run(ctx)
	// Each claim takes several requests, one after the other: the default of 4 at once is slow for a hundred.
	controller.NewProvisionController(ctx, client, Name, folders(root), controller.LeaderElection(false), controller.Threadiness(16)).Run(ctx)
	return nil
}

type folders layout.Root

// volumesFolder is the folder, in a node's state folder, that holds those of its volumes.
const volumesFolder = "volumes"

// Provision makes the folder, on the node that the Pod is for. A `local` volume, unlike a hostPath, is given the Pod's
// fsGroup by the kubelet, so a container that is not root can write to it.
func (f folders) Provision(_ context.Context, options controller.ProvisionOptions) (*corev1.PersistentVolume, controller.ProvisioningState, error) {
	node := layout.Node(1) // of a StorageClass that binds at once, and leaves it to us
	if options.SelectedNodeName != "" {
		var err error
		if node, err = layout.ParseNode(options.SelectedNodeName); err != nil {
			return nil, controller.ProvisioningFinished, err
		}
	}
	if err := f.make(node, options.PVName); err != nil {
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
			PersistentVolumeSource: corev1.PersistentVolumeSource{Local: &corev1.LocalVolumeSource{Path: onNode(options.PVName)}},
			NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{
				NodeSelectorTerms: []corev1.NodeSelectorTerm{{
					MatchExpressions: []corev1.NodeSelectorRequirement{{
						Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: []string{node.Name()},
					}},
				}},
			}},
		},
	}, controller.ProvisioningFinished, nil
}

// Delete removes the folder and what is in it.
func (f folders) Delete(_ context.Context, volume *corev1.PersistentVolume) error {
	node, err := nodeOf(volume)
	if err == nil {
		err = f.remove(node, volume.Name)
	}
	if err != nil {
		return fmt.Errorf("remove the folder of volume %s: %w", volume.Name, err)
	}
	return nil
}

// make makes the folder of a volume, and the one that the node's volumes are in.
func (f folders) make(node layout.Node, volume string) error {
	state, err := f.open(node)
	if err != nil {
		return err
	}
	defer state.Close()
	if err := state.Mkdir(volumesFolder, 0o711); err == nil {
		_ = spread(layout.Root(f).NodeState(node, volumesFolder)) // other file systems have no such attribute, and need none
	} else if !os.IsExist(err) {
		return err
	}
	if err := state.Mkdir(filepath.Join(volumesFolder, volume), 0o770); err != nil && !os.IsExist(err) {
		return err
	}
	return nil
}

func (f folders) remove(node layout.Node, volume string) error {
	state, err := f.open(node)
	if errors.Is(err, os.ErrNotExist) {
		return nil // nor is the volume
	}
	if err != nil {
		return err
	}
	defer state.Close()
	return state.RemoveAll(filepath.Join(volumesFolder, volume))
}

// open opens the state folder of a node, so that nothing outside of it is touched: a container that is given the node's files
// may have put symbolic links there.
func (f folders) open(node layout.Node) (*os.Root, error) {
	return os.OpenRoot(layout.Root(f).NodeState(node))
}

// nodeOf is the node that a volume was made on.
func nodeOf(volume *corev1.PersistentVolume) (layout.Node, error) {
	if affinity := volume.Spec.NodeAffinity; affinity != nil && affinity.Required != nil {
		for _, term := range affinity.Required.NodeSelectorTerms {
			for _, expression := range term.MatchExpressions {
				if expression.Key == corev1.LabelHostname && len(expression.Values) == 1 {
					return layout.ParseNode(expression.Values[0])
				}
			}
		}
	}
	return 0, errors.New("it does not say which node it is on")
}

// onNode is the folder of a volume as the node sees it.
func onNode(volume string) string { return layout.Root(layout.Sandbox).State(volumesFolder, volume) }
