// Package store stores finished images in folders, as OCI image layouts. Package images and package debian use it as
// their cache.
package store

import (
	"fmt"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

// Read returns the image in the folder. found is false if the folder does not exist.
func Read(folder string) (image v1.Image, found bool, err error) {
	if _, err := os.Stat(folder); os.IsNotExist(err) {
		return nil, false, nil
	}
	index, err := layout.ImageIndexFromPath(folder)
	if err != nil {
		return nil, false, fmt.Errorf("read the cached image (remove %s to build it anew): %w", folder, err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, false, fmt.Errorf("read the cached image (remove %s to build it anew): %w", folder, err)
	}
	if count := len(manifest.Manifests); count != 1 {
		return nil, false, fmt.Errorf("%s holds %d images, want one (remove it to build it anew)", folder, count)
	}
	image, err = index.Image(manifest.Manifests[0].Digest)
	return image, err == nil, err
}

// Write stores the image in the folder, which must not exist, and returns the stored image. It writes to a temporary
// folder and renames it, so that the folder always contains a complete image.
func Write(folder string, image v1.Image) (v1.Image, error) {
	if err := write(folder, image); err != nil {
		return nil, fmt.Errorf("store the image in %s: %w", folder, err)
	}
	stored, _, err := Read(folder)
	return stored, err
}

func write(folder string, image v1.Image) error {
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return err
	}
	temporary, err := os.MkdirTemp(filepath.Dir(folder), "building-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	path, err := layout.Write(temporary, empty.Index)
	if err != nil {
		return err
	}
	if err := path.AppendImage(image); err != nil {
		return err
	}
	err = os.Rename(temporary, folder)
	if os.IsExist(err) { // another process has stored the same image
		return nil
	}
	return err
}
