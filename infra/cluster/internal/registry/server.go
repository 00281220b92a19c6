// Package registry is the cluster's OCI registry: olareg, which stores each repository as an OCI image layout on disk.
// The package also builds and pushes the cluster's own images (binary.go, busybox.go, toolbox.go).
//
// olareg implements the OCI distribution specification. This package makes it safe against power cuts: a push returns
// only when the image is synced to disk (durable.go), and the next start deletes damaged images (repair.go).
package registry

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/olareg/olareg"
	"github.com/olareg/olareg/config"
	"golang.org/x/sync/errgroup"

	"example.com/kubernetes-networking/infra/cluster/internal/httpserver"
)

// Handler repairs the registry in dir and returns its HTTP handler.
func Handler(dir string) (http.Handler, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := repair(dir); err != nil {
		return nil, err
	}
	yes, no := true, false
	store := olareg.New(config.Config{
		Storage: config.ConfigStorage{
			StoreType: config.StoreDir, RootDir: dir,
			GC: config.ConfigGC{EmptyRepo: &no}, // olareg cannot delete a folder that contains lastIndex
		},
		API: config.ConfigAPI{DeleteEnabled: &yes, Blob: config.ConfigAPIBlob{DeleteEnabled: &yes}},
		Log: slog.Default(),
	})
	return tolerant(synced(dir, foreignLayers(dir, store))), nil
}

// Serve serves the registry on address, and read-only on readAddress, until ctx ends.
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
	return httpserver.Serve(ctx, &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}, listener)
}

// readOnly refuses every request that could change the registry.
func readOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			refuse(w, http.StatusMethodNotAllowed, "UNSUPPORTED", "the registry accepts pushes only on the host's loopback")
			return
		}
		next.ServeHTTP(w, r)
	})
}
