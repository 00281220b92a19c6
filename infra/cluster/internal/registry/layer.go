package registry

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// fileLayer is a layer in the registry's own folder. It is not compressed: it never leaves the machine, and compressing
// takes longer than copying.
type fileLayer struct {
	path string
	hash v1.Hash
	size int64
}

func (l fileLayer) Digest() (v1.Hash, error)             { return l.hash, nil }
func (l fileLayer) DiffID() (v1.Hash, error)             { return l.hash, nil }
func (l fileLayer) Compressed() (io.ReadCloser, error)   { return os.Open(l.path) }
func (l fileLayer) Uncompressed() (io.ReadCloser, error) { return os.Open(l.path) }
func (l fileLayer) Size() (int64, error)                 { return l.size, nil }
func (l fileLayer) MediaType() (types.MediaType, error)  { return types.OCIUncompressedLayer, nil }

// writeLayer writes what content puts into the archive to the registry whose contents are in dir. A client's way, through
// HTTP, would copy and hash it once more.
func writeLayer(dir string, content func(*tar.Writer) error) (layer fileLayer, err error) {
	blobs := filepath.Join(blobs(dir), "sha256")
	if err := os.MkdirAll(blobs, 0o700); err != nil {
		return layer, err
	}
	file, err := os.CreateTemp(blobs, "upload-")
	if err != nil {
		return layer, err
	}
	defer os.Remove(file.Name()) // unless it has its name by then
	defer file.Close()
	hash := sha256.New()
	archive := tar.NewWriter(io.MultiWriter(file, hash))
	if err := content(archive); err != nil {
		return layer, err
	}
	if err := archive.Close(); err != nil {
		return layer, err
	}
	if layer.size, err = file.Seek(0, io.SeekEnd); err != nil {
		return layer, err
	}
	layer.hash = v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(hash.Sum(nil))}
	layer.path = filepath.Join(blobs, layer.hash.Hex)
	return layer, os.Rename(file.Name(), layer.path)
}

// addFile adds a file of the host to an archive.
func addFile(archive *tar.Writer, name, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: info.Size()}); err != nil {
		return err
	}
	_, err = io.Copy(archive, file)
	return err
}
