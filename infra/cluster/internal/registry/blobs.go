package registry

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// blobs are what the manifest of an image names. An index names none, only manifests.
func (m manifest) blobs() ([]v1.Descriptor, error) {
	if !types.MediaType(m.ContentType).IsImage() {
		return nil, nil
	}
	image, err := v1.ParseManifest(bytes.NewReader(m.Body))
	if err != nil {
		return nil, err
	}
	return append(image.Layers, image.Config), nil
}

// blobFile is where the registry whose contents are in dir has a blob.
func blobFile(dir string, digest v1.Hash) string {
	return filepath.Join(blobs(dir), digest.Algorithm, digest.Hex)
}

// checkBlobs returns an error unless all blobs of a manifest are there in full. After a power cut some are shorter than they were.
func checkBlobs(dir string, m manifest) error {
	named, err := m.blobs()
	if err != nil {
		return err
	}
	for _, blob := range named {
		info, err := os.Stat(blobFile(dir, blob.Digest))
		if err != nil {
			return err
		}
		if info.Size() != blob.Size {
			return fmt.Errorf("%s has %d bytes, and should have %d", blob.Digest, info.Size(), blob.Size)
		}
	}
	return nil
}

// syncBlobs writes the blobs of a manifest to the disk.
func syncBlobs(dir string, m manifest) error {
	named, err := m.blobs()
	for _, blob := range named {
		err = errors.Join(err, sync(blobFile(dir, blob.Digest)), sync(filepath.Dir(blobFile(dir, blob.Digest))))
	}
	return err
}

func sync(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// keepOnly removes the blobs that none of these manifests names: nobody can ask for them, and whoever pushes one would be told
// that it is there already, though it may be damaged.
func keepOnly(dir string, manifests []manifest) error {
	keep := map[string]bool{}
	for _, m := range manifests {
		named, err := m.blobs()
		if err != nil {
			return err
		}
		for _, blob := range named {
			keep[blobFile(dir, blob.Digest)] = true
		}
	}
	return filepath.WalkDir(blobs(dir), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || keep[path] {
			return err
		}
		slog.Info("a blob that no manifest names is removed", "blob", entry.Name())
		return os.Remove(path)
	})
}
