// Package store keeps finished images in folders, as OCI image layouts.
package store

import (
	"fmt"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

// Read returns the image in the folder, if there is one.
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

// Write puts the image into the folder, which must not exist, and returns it as Read does. The image is written beside
// its final place and renamed, so that a folder of this name always holds a whole image.
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
	if os.IsExist(err) { // somebody else stored the same image meanwhile
		return nil
	}
	return err
}
