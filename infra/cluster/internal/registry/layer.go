package registry

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// archiveLayer is a layer that is generated each time it is read. It is not compressed, because it does not leave the
// machine and compression takes longer than copying.
type archiveLayer struct {
	write func(*tar.Writer) error
	hash  v1.Hash
	size  int64
}

// newLayer returns a layer with the archive that write produces. write must produce the same bytes at each call.
func newLayer(write func(*tar.Writer) error) (layer archiveLayer, err error) {
	layer.write = write
	content, err := layer.Uncompressed()
	if err != nil {
		return layer, err
	}
	defer content.Close()
	hash := sha256.New()
	layer.size, err = io.Copy(hash, content)
	layer.hash = v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(hash.Sum(nil))}
	return layer, err
}

func (l archiveLayer) Digest() (v1.Hash, error)            { return l.hash, nil }
func (l archiveLayer) DiffID() (v1.Hash, error)            { return l.hash, nil }
func (l archiveLayer) Compressed() (io.ReadCloser, error)  { return l.Uncompressed() }
func (l archiveLayer) Size() (int64, error)                { return l.size, nil }
func (l archiveLayer) MediaType() (types.MediaType, error) { return types.OCIUncompressedLayer, nil }
func (l archiveLayer) Uncompressed() (io.ReadCloser, error) {
	reader, writer := io.Pipe()
	go func() {
		archive := tar.NewWriter(writer)
		err := l.write(archive)
		if err == nil {
			err = archive.Close()
		}
		writer.CloseWithError(err)
	}()
	return reader, nil
}

// addFile adds the file at path to an archive as an executable.
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
