// Package images builds the container images of the demo and pushes them to a registry that the cluster can pull from.
// The Pulumi program calls Builder; README.md describes each image.
//
// It needs neither a daemon nor a base image. ko builds the apps on an empty base (apps.go), and package postgres
// assembles the PostgreSQL image from Debian's packages. The same input always gives the same digest, and every
// reference is pinned to that digest, so a Pod is replaced exactly when its image changes.
package images

import (
	"context"
	"errors"
	"io"
	"log"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/google/ko/pkg/build"

	"example.com/kubernetes-networking/images/postgres"
)

// Builder builds images and, unless Preview is set, pushes those that the registry lacks. Its methods are safe for
// concurrent use.
type Builder struct {
	// Root is the top folder of the checkout.
	Root string
	// Repository is the destination of the images.
	Repository Repository
	// Architectures lists the architectures of the cluster's nodes, as GOARCH values. For several, an app's image is an
	// index.
	Architectures []string
	// Preview computes the digests of the apps' images without a push.
	Preview bool
	// Progress reports slow steps. It must not be nil.
	Progress func(format string, args ...any)

	goBuilder func(architecture string) (build.Interface, error)
	source    func() (string, error)
}

// NewBuilder returns a Builder for the checkout at root and for nodes of this machine's architecture.
func NewBuilder(root string, repository Repository, preview bool, progress func(string, ...any)) *Builder {
	// ko logs every step to the standard logger. Failures are in its errors.
	log.SetOutput(io.Discard)
	return &Builder{
		Root: root, Repository: repository, Preview: preview, Progress: progress,
		Architectures: []string{runtime.GOARCH},
		goBuilder:     goBuilders(root),
		source:        sync.OnceValues(func() (string, error) { return source(root) }),
	}
}

// goBuilders returns a function that creates one ko builder for each architecture, because each builder limits its
// compiles.
func goBuilders(root string) func(architecture string) (build.Interface, error) {
	var prepared sync.Map
	return func(architecture string) (build.Interface, error) {
		prepare, _ := prepared.LoadOrStore(architecture, sync.OnceValues(func() (build.Interface, error) {
			return newGoBuilder(root, architecture)
		}))
		return prepare.(func() (build.Interface, error))()
	}
}

// App builds the app in apps/<name> and returns the reference of its image, pinned by digest.
func (b *Builder) App(ctx context.Context, name string) (string, error) {
	image, err := b.buildApp(ctx, name)
	if err != nil {
		return "", err
	}
	return b.finish(ctx, name, image)
}

// CacheApp builds the app in apps/<name> unless its image is in the cache, where App finds it.
func (b *Builder) CacheApp(ctx context.Context, name string) error {
	_, err := b.buildApp(ctx, name)
	return err
}

// Postgres returns the reference of the PostgreSQL image, pinned by digest. It builds the image if the recipe has
// changed. A preview builds nothing, and returns known == false if the image is not built yet. If this machine cannot
// build the image, Progress reports the reason, and Postgres returns the reference of the official image.
func (b *Builder) Postgres(ctx context.Context) (ref string, known bool, err error) {
	cache := filepath.Join(b.Root, CacheFolder)
	err = postgres.Check(ctx, cache, b.Architectures)
	if errors.Is(err, postgres.ErrUnavailable) {
		b.Progress("databaseImage defaults to %s: %v", postgres.Official, err)
		return postgres.Official, true, nil
	}
	if err != nil {
		return "", false, err
	}
	if b.Preview {
		image, found, err := postgres.Cached(cache)
		if err != nil || !found {
			return "", false, err
		}
		ref, err := b.finish(ctx, "postgres", image)
		return ref, true, err
	}
	image, err := postgres.Image(ctx, cache, b.Progress)
	if err != nil {
		return "", false, err
	}
	ref, err = b.finish(ctx, "postgres", image)
	return ref, true, err
}

func (b *Builder) finish(ctx context.Context, name string, image build.Result) (string, error) {
	if b.Preview {
		return b.Repository.reference(name, image)
	}
	return b.Repository.publish(ctx, name, image)
}
