package postgres

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

// progressInterval is how often a build that takes long says so.
const progressInterval = 5 * time.Second

// Image returns the image of the present recipe: the one in the cache folder, or a new one, which it puts there.
// Building takes about half a minute and needs Debian's package archive; progress hears of it every few seconds.
// It returns ErrNoTool where the machine cannot build.
func Image(ctx context.Context, cache string, progress func(format string, args ...any)) (v1.Image, error) {
	image, found, err := Cached(cache)
	if err != nil || found {
		return image, err
	}
	folder, err := cacheFolder(cache)
	if err != nil {
		return nil, err
	}
	progress("building the PostgreSQL image from Debian's packages")
	stop := report(progress)
	defer stop()
	if image, err = build(ctx, cache); err != nil {
		return nil, err
	}
	if err := store(folder, image); err != nil {
		return nil, fmt.Errorf("store the PostgreSQL image in %s: %w", folder, err)
	}
	image, _, err = Cached(cache)
	return image, err
}

// build makes the image, with the cache folder for what is temporary: programs may run there, unlike in some /tmp.
func build(ctx context.Context, cache string) (v1.Image, error) {
	root, err := extract(ctx)
	if err != nil {
		return nil, err
	}
	addOwnFiles(root)
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return nil, err
	}
	if err := initialise(ctx, cache, root); err != nil {
		return nil, fmt.Errorf("initialise the PostgreSQL image's database cluster: %w", err)
	}
	image, err := assemble(root)
	if err != nil {
		return nil, fmt.Errorf("assemble the PostgreSQL image: %w", err)
	}
	return image, nil
}

// Cached returns the image of the present recipe if the cache folder has it.
func Cached(cache string) (image v1.Image, found bool, err error) {
	folder, err := cacheFolder(cache)
	if err != nil {
		return nil, false, err
	}
	if _, err := os.Stat(folder); os.IsNotExist(err) {
		return nil, false, nil
	}
	index, err := layout.ImageIndexFromPath(folder)
	if err != nil {
		return nil, false, fmt.Errorf("read the cached image (remove %s to build it anew): %w", folder, err)
	}
	manifest, err := index.IndexManifest()
	if err != nil || len(manifest.Manifests) != 1 {
		return nil, false, fmt.Errorf("%s is no cached image (remove it to build it anew): %w", folder, err)
	}
	image, err = index.Image(manifest.Manifests[0].Digest)
	return image, err == nil, err
}

func cacheFolder(cache string) (string, error) {
	recipe, err := recipe()
	return filepath.Join(cache, "postgres-"+recipe), err
}

// store writes an OCI layout beside its final place and renames it, so that a cached image is always whole.
func store(folder string, image v1.Image) error {
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
	return os.Rename(temporary, folder)
}

// report tells progress how long it has been, until stop is called.
func report(progress func(format string, args ...any)) (stop func()) {
	started, ticker, done := time.Now(), time.NewTicker(progressInterval), make(chan struct{})
	go func() {
		for {
			select {
			case <-ticker.C:
				progress("still building the PostgreSQL image, %d s so far", int(time.Since(started).Seconds()))
			case <-done:
				return
			}
		}
	}()
	return func() { ticker.Stop(); close(done) }
}
