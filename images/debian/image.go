package debian

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"maps"
	"path"
	"runtime"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Image returns an image with the files in one layer, for this machine's architecture.
func Image(root Files, config v1.Config) (v1.Image, error) {
	layerTar, err := root.Archive()
	if err != nil {
		return nil, fmt.Errorf("write the layer: %w", err)
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(layerTar)), nil
	}, tarball.WithMediaType(types.OCILayer))
	if err != nil {
		return nil, fmt.Errorf("create the layer: %w", err)
	}
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err = mutate.ConfigFile(image, &v1.ConfigFile{
		OS: "linux", Architecture: runtime.GOARCH, RootFS: v1.RootFS{Type: "layers"}, Config: config,
	})
	if err != nil {
		return nil, fmt.Errorf("write the image's config: %w", err)
	}
	image, err = mutate.AppendLayers(image, layer)
	if err != nil {
		return nil, fmt.Errorf("append the layer: %w", err)
	}
	return image, nil
}

// Archive returns a tar archive of the files. Entries are sorted, have no times, and follow their folders, so that
// equal files give equal archives.
func (root Files) Archive() ([]byte, error) {
	for name := range maps.Clone(root) {
		for folder := path.Dir(name); folder != "."; folder = path.Dir(folder) {
			if _, present := root[folder]; !present {
				root[folder] = File{Header: tar.Header{Typeflag: tar.TypeDir, Mode: 0o755}}
			}
		}
	}
	var buffer bytes.Buffer
	writer := tar.NewWriter(&buffer)
	for _, name := range slices.Sorted(maps.Keys(root)) {
		entry := root[name]
		header := &tar.Header{
			Typeflag: entry.Header.Typeflag, Name: name, Linkname: entry.Header.Linkname, Mode: entry.Header.Mode,
			Uid: entry.Header.Uid, Gid: entry.Header.Gid, Size: int64(len(entry.Content)), Format: tar.FormatPAX,
		}
		if err := writer.WriteHeader(header); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if _, err := writer.Write(entry.Content); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := writer.Close(); err != nil { // Close pads the last file
		return nil, err
	}
	return buffer.Bytes(), nil
}
