package registry

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

const (
	// ToolboxName is the repository of the image for debugging.
	ToolboxName = "toolbox"
	// BusyboxName is the repository of the small image that the cluster's tests use. It needs nothing but the host's
	// BusyBox.
	BusyboxName = "busybox"
)

// AddToolbox pushes the newest toolbox image in the folder images, an OCI image layout that `make cluster` builds, to
// the registry on address. It returns ErrNoToolbox if there is none.
func AddToolbox(ctx context.Context, address, images string) error {
	ref, err := name.ParseReference(address + "/" + ToolboxName)
	if err != nil {
		return err
	}
	image, err := toolbox(images)
	if err != nil {
		return err
	}
	if err := remote.Write(ref, image, remote.WithContext(ctx)); err != nil {
		return fmt.Errorf("add the toolbox image: %w", err)
	}
	return nil
}

// ErrNoToolbox is the error of AddToolbox and CheckToolbox if the toolbox image is not built.
var ErrNoToolbox = errors.New("the toolbox image is not built: make cluster builds it, from Debian's packages with mmdebstrap")

// CheckToolbox returns an error unless the folder images contains a toolbox image.
func CheckToolbox(images string) error {
	_, err := toolbox(images)
	return err
}

func toolbox(images string) (v1.Image, error) {
	folders, err := filepath.Glob(filepath.Join(images, ToolboxName+"-*"))
	if err != nil {
		return nil, err
	}
	if len(folders) == 0 {
		return nil, ErrNoToolbox
	}
	newest := slices.MaxFunc(folders, func(a, b string) int { return modified(a).Compare(modified(b)) })
	index, err := layout.ImageIndexFromPath(newest)
	if err != nil {
		return nil, fmt.Errorf("read the toolbox image in %s: %w", newest, err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, fmt.Errorf("read the toolbox image in %s: %w", newest, err)
	}
	if count := len(manifest.Manifests); count != 1 {
		return nil, fmt.Errorf("%s holds %d images, want one", newest, count)
	}
	return index.Image(manifest.Manifests[0].Digest)
}

func modified(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}
