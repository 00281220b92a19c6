// Package registry is the cluster's OCI registry: go-containerregistry's, with its contents kept on disk.
package registry

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"
)

// Handler serves the registry whose contents are in dir.
func Handler(dir string) (http.Handler, error) {
	blobs := filepath.Join(dir, "blobs")
	if err := os.MkdirAll(blobs, 0o700); err != nil {
		return nil, err
	}
	memory := registry.New(
		registry.WithBlobHandler(registry.NewDiskBlobHandler(blobs)),
		registry.Logger(log.Default()),
	)
	return keepManifests(memory, filepath.Join(dir, "manifests"))
}

// Serve serves the registry on address until ctx ends.
func Serve(ctx context.Context, dir, address string) error {
	handler, err := Handler(dir)
	if err != nil {
		return fmt.Errorf("open the registry in %s: %w", dir, err)
	}
	listener, err := net.Listen("tcp4", address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
