package registry

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// BinaryReference returns the reference of the image for a static binary. Its tag is a hash of the binary.
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

// AddBinary pushes an image that contains only one static binary, unless the registry has the image.
func AddBinary(ctx context.Context, reference, path string) error {
	ref, err := name.ParseReference(reference)
	if err != nil {
		return err
	}
	_, err = remote.Head(ref, remote.WithContext(ctx))
	var missing *transport.Error
	if err == nil || !errors.As(err, &missing) || missing.StatusCode != http.StatusNotFound {
		return err
	}
	config := v1.Config{Entrypoint: []string{"/entrypoint"}, User: "65532:65532"}
	err = push(ctx, ref, config, func(archive *tar.Writer) error { return addFile(archive, "entrypoint", path) })
	if err != nil {
		return fmt.Errorf("add the image of %s: %w", path, err)
	}
	return nil
}
