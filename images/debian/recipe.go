package debian

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"example.com/kubernetes-networking/images/store"
)

// progressInterval is the interval between progress reports of a build.
const progressInterval = 5 * time.Second

// own contains the files of this package that affect the content of an image.
//
//go:embed rootfs.go libraries.go image.go
var own embed.FS

// Recipe defines an image.
type Recipe struct {
	// Name is the prefix of the image's folder in the cache.
	Name string
	// Title is the name of the image in messages.
	Title string
	// Sources contains the files that affect the content of the image, in addition to those of this package.
	Sources fs.FS
	// Build builds the image. It may create temporary files in the folder scratch.
	Build func(ctx context.Context, scratch string) (v1.Image, error)
}

// Image returns the image of the current recipe from the cache folder, or builds and stores it. A build calls progress
// every few seconds.
func (r Recipe) Image(ctx context.Context, cache string, progress func(format string, args ...any)) (v1.Image, error) {
	image, found, err := r.Cached(cache)
	if err != nil || found {
		return image, err
	}
	if err := CheckHost(ctx); err != nil {
		return nil, fmt.Errorf("this machine cannot build %s: %w", r.Title, err)
	}
	folder, err := r.folder(cache)
	if err != nil {
		return nil, err
	}
	progress("building %s from Debian's packages", r.Title)
	stop := r.report(progress)
	defer stop()
	if image, err = r.Build(ctx, cache); err != nil {
		return nil, err
	}
	return store.Write(folder, image)
}

// Cached returns the image of the current recipe from the cache folder. found is false if it is not built.
func (r Recipe) Cached(cache string) (image v1.Image, found bool, err error) {
	folder, err := r.folder(cache)
	if err != nil {
		return nil, false, err
	}
	return store.Read(folder)
}

// folder returns the image's folder in the cache. Its name contains a hash of the recipe.
func (r Recipe) folder(cache string) (string, error) {
	sum := sha256.New()
	fmt.Fprintln(sum, runtime.GOARCH)
	for _, sources := range []fs.FS{own, r.Sources} {
		err := fs.WalkDir(sources, ".", func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			content, err := fs.ReadFile(sources, path)
			fmt.Fprintln(sum, path, len(content))
			sum.Write(content)
			return err
		})
		if err != nil {
			return "", fmt.Errorf("read the recipe of %s: %w", r.Title, err)
		}
	}
	return filepath.Join(cache, r.Name+"-"+hex.EncodeToString(sum.Sum(nil))[:16]), nil
}

// report calls progress with the elapsed time until stop is called.
func (r Recipe) report(progress func(format string, args ...any)) (stop func()) {
	started, ticker, done := time.Now(), time.NewTicker(progressInterval), make(chan struct{})
	go func() {
		for {
			select {
			case <-ticker.C:
				progress("still building %s, %d s so far", r.Title, int(time.Since(started).Seconds()))
			case <-done:
				return
			}
		}
	}()
	return func() { ticker.Stop(); close(done) }
}
