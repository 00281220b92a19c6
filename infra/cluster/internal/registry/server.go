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
	"golang.org/x/sync/errgroup"
)

// Handler serves the registry whose contents are in dir.
func Handler(dir string) (http.Handler, error) {
	if err := os.MkdirAll(blobs(dir), 0o700); err != nil {
		return nil, err
	}
	memory := registry.New(
		registry.WithBlobHandler(registry.NewDiskBlobHandler(blobs(dir))),
		registry.Logger(log.Default()),
	)
	handler, err := keepManifests(memory, dir)
	if err != nil {
		return nil, err
	}
	return keepUploads(handler, filepath.Join(dir, "uploads"))
}

func blobs(dir string) string { return filepath.Join(dir, "blobs") }

// Serve serves the registry on address, and for reading alone on readAddress, until ctx ends.
func Serve(ctx context.Context, dir, address, readAddress string) error {
	handler, err := Handler(dir)
	if err != nil {
		return fmt.Errorf("open the registry in %s: %w", dir, err)
	}
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() error { return serve(ctx, handler, address) })
	both.Go(func() error { return serve(ctx, readOnly(handler), readAddress) })
	return both.Wait()
}

func serve(ctx context.Context, handler http.Handler, address string) error {
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

// readOnly lets pass what changes nothing.
func readOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.Error(w, "the registry takes pushes only on the host's loopback", http.StatusMethodNotAllowed)
			return
		}
		next.ServeHTTP(w, r)
	})
}
