package registry

import (
	"context"
	"errors"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// SystemImages are the references of the images that the cluster itself runs.
type SystemImages struct{ Pause, CoreDNS string }

// NewSystemImages derives the references from the built binaries.
func NewSystemImages(root layout.Root) (SystemImages, error) {
	pause, err := BinaryReference(layout.RegistryAddress, "pause", root.Bin("pause"))
	if err != nil {
		return SystemImages{}, err
	}
	coredns, err := BinaryReference(layout.RegistryAddress, "coredns", root.Bin("coredns"))
	return SystemImages{pause, coredns}, err
}

// Add adds the images to the registry.
func (s SystemImages) Add(ctx context.Context, root layout.Root) error {
	if err := AddBinary(ctx, s.Pause, root.Bin("pause")); err != nil {
		return err
	}
	return AddBinary(ctx, s.CoreDNS, root.Bin("coredns"))
}

// AddDebugImages adds the images that people debug with. If the toolbox image is not built, BusyBox replaces it.
func AddDebugImages(ctx context.Context, root layout.Root) error {
	repositories := []string{BusyboxName}
	err := AddToolbox(ctx, layout.RegistryAddress, root.Images())
	if errors.Is(err, ErrNoToolbox) {
		repositories = append(repositories, ToolboxName)
	} else if err != nil {
		return err
	}
	busybox, err := FindBusybox()
	if err != nil {
		return nil // `cluster up` reports it
	}
	for _, repository := range repositories {
		if err := AddBusybox(ctx, layout.RegistryAddress, repository, busybox); err != nil {
			return err
		}
	}
	return nil
}
