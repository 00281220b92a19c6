package postgres

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"example.com/kubernetes-networking/images/store"
)

// progressInterval is how often a build that takes long says so.
const progressInterval = 5 * time.Second

// Image returns the image of the present recipe: the one in the cache folder, or a new one, which it puts there.
// Building takes about half a minute and needs Debian's package archive; progress hears of it every few seconds.
// Its error has ErrUnavailable in it where this machine cannot build.
func Image(ctx context.Context, cache string, progress func(format string, args ...any)) (v1.Image, error) {
	image, found, err := Cached(cache)
	if err != nil || found {
		return image, err
	}
	if err := checkHost(ctx); err != nil {
		return nil, err
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
	return store.Write(folder, image)
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
	return store.Read(folder)
}

func cacheFolder(cache string) (string, error) {
	recipe, err := recipe()
	return filepath.Join(cache, "postgres-"+recipe), err
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
