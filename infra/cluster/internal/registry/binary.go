package registry

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// BinaryReference names the image of a static binary. Its tag is the hash of the binary.
func BinaryReference(address, imageName, path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s/system/%s:%.12x", address, imageName, hash.Sum(nil)), nil
}

// PushBinary makes an image that holds one static binary and nothing else, and pushes it unless the registry has it.
func PushBinary(ctx context.Context, reference, path string) error {
	ref, err := name.ParseReference(reference)
	if err != nil {
		return err
	}
	_, err = remote.Head(ref, remote.WithContext(ctx))
	var missing *transport.Error
	if err == nil || !errors.As(err, &missing) || missing.StatusCode != http.StatusNotFound {
		return err
	}
	image, err := binaryImage(path)
	if err != nil {
		return fmt.Errorf("make the image of %s: %w", path, err)
	}
	return remote.Write(ref, image, remote.WithContext(ctx))
}

func binaryImage(path string) (v1.Image, error) {
	binary, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var layer bytes.Buffer
	archive := tar.NewWriter(&layer)
	if err := archive.WriteHeader(&tar.Header{Name: "entrypoint", Mode: 0o755, Size: int64(len(binary))}); err != nil {
		return nil, err
	}
	if _, err := archive.Write(binary); err != nil {
		return nil, err
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	// Not compressed: it travels over the loopback once, and compressing takes longer than copying.
	image, err := mutate.AppendLayers(mutate.MediaType(empty.Image, types.OCIManifestSchema1),
		static.NewLayer(layer.Bytes(), types.OCIUncompressedLayer))
	if err != nil {
		return nil, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", runtime.GOARCH
	config.Config.Entrypoint = []string{"/entrypoint"}
	config.Config.User = "65532:65532"
	return mutate.ConfigFile(image, config)
}
