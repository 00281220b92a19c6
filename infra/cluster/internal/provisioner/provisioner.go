// Package provisioner provides the default StorageClass of the embedded cluster: a volume is a folder in the state
// folder of its node. `cluster` runs it as a process of the control plane. Run is the place to start reading;
// expansion.go resizes volumes.
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

// Name is the value of provisioner in the StorageClass.
const Name = "kubernetes-networking/local"

// Run provisions, expands and deletes volumes until ctx ends.
func Run(ctx context.Context, client kubernetes.Interface, root layout.Root) error {
	expander, err := newExpander(client)
	if err != nil {
		return fmt.Errorf("watch claims: %w", err)
	}
	go expander.run(ctx)
	// A claim takes several requests in sequence, so the default of 4 claims at a time is slow for a hundred.
	controller.NewProvisionController(ctx, client, Name, folders(root),
		controller.LeaderElection(false), controller.Threadiness(16)).Run(ctx)
	return nil
}

// folders creates and deletes the folders of volumes. It implements controller.Provisioner.
type folders layout.Root

// volumesFolder is the folder of all volumes in a node's state folder.
const volumesFolder = "volumes"

// Provision creates the folder on the node of the Pod. The volume is of type `local`, because the kubelet applies the
// Pod's fsGroup to it, unlike to a hostPath: a container that does not run as root can then write to it.
func (f folders) Provision(_ context.Context, options controller.ProvisionOptions) (
	*corev1.PersistentVolume, controller.ProvisioningState, error,
) {
	node := layout.Node(1) // for a StorageClass with volumeBindingMode Immediate
	if options.SelectedNodeName != "" {
		var err error
		if node, err = layout.ParseNode(options.SelectedNodeName); err != nil {
			return nil, controller.ProvisioningFinished, err
		}
	}
	if err := f.create(node, options.PVName); err != nil {
		return nil, controller.ProvisioningNoChange, fmt.Errorf("create a folder for volume %s: %w", options.PVName, err)
	}
	return &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: options.PVName},
		Spec: corev1.PersistentVolumeSpec{
			PersistentVolumeReclaimPolicy: *options.StorageClass.ReclaimPolicy,
			AccessModes:                   options.PVC.Spec.AccessModes,
			VolumeMode:                    options.PVC.Spec.VolumeMode,
			Capacity: corev1.ResourceList{
				// The size is recorded but not enforced.
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

// Delete deletes the folder with its content.
func (f folders) Delete(_ context.Context, volume *corev1.PersistentVolume) error {
	node, err := nodeOf(volume)
	if err == nil {
		err = f.remove(node, volume.Name)
	}
	if err != nil {
		return fmt.Errorf("delete the folder of volume %s: %w", volume.Name, err)
	}
	return nil
}

// create creates the folder of a volume and, for the first volume, the parent folder.
func (f folders) create(node layout.Node, volume string) error {
	state, err := f.open(node)
	if err != nil {
		return err
	}
	defer state.Close()
	if err := state.Mkdir(volumesFolder, 0o711); err == nil {
		_ = spread(layout.Root(f).NodeState(node, volumesFolder)) // only ext4 has and needs the attribute
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
		return nil // the node and its volumes are deleted
	}
	if err != nil {
		return err
	}
	defer state.Close()
	return state.RemoveAll(filepath.Join(volumesFolder, volume))
}

// open opens the state folder of a node. Access through os.Root cannot leave that folder, even if a container with
// access to the node's files has left symbolic links there.
func (f folders) open(node layout.Node) (*os.Root, error) {
	return os.OpenRoot(layout.Root(f).NodeState(node))
}

// nodeOf returns the node of a volume.
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
	return 0, errors.New("its node affinity does not name a node")
}

// onNode returns the path of a volume's folder inside the node's mount namespace.
func onNode(volume string) string { return layout.Root(layout.Sandbox).State(volumesFolder, volume) }
