// Package images makes the container images of the demo and puts them where the cluster can pull them.
//
// No daemon and no base image is needed. The apps are built by ko on an empty base; PostgreSQL is assembled from
// Debian's packages (see the postgres package). Both give the same digest for the same input, and every reference is
// pinned to that digest, so that a Pod is replaced exactly when what it runs has changed.
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

// Builder builds images and, unless it only previews, pushes those that the registry does not have yet.
// Its methods may be called concurrently.
type Builder struct {
	// Root is the top of the checkout.
	Root string
	// Repository is where the images go.
	Repository Repository
	// Architectures are those of the cluster's nodes, as GOARCH names them. With several, an image is an index of images.
	Architectures []string
	// Preview builds to know the digest, and pushes nothing.
	Preview bool
	// Progress is told about steps that take long. It must not be nil.
	Progress func(format string, args ...any)

	goBuilder func(architecture string) (build.Interface, error)
	source    func() (string, error)
}

// NewBuilder returns a Builder for the checkout at root, and for nodes of this machine's architecture.
func NewBuilder(root string, repository Repository, preview bool, progress func(string, ...any)) *Builder {
	// ko reports every step to the standard logger; what failed is in the errors that it returns.
	log.SetOutput(io.Discard)
	return &Builder{
		Root: root, Repository: repository, Preview: preview, Progress: progress,
		Architectures: []string{runtime.GOARCH},
		goBuilder:     goBuilders(root),
		source:        sync.OnceValues(func() (string, error) { return source(root) }),
	}
}

// goBuilders returns a function that prepares ko once for each architecture: a builder limits its own compiles.
func goBuilders(root string) func(architecture string) (build.Interface, error) {
	var prepared sync.Map
	return func(architecture string) (build.Interface, error) {
		prepare, _ := prepared.LoadOrStore(architecture, sync.OnceValues(func() (build.Interface, error) {
			return newGoBuilder(root, architecture)
		}))
		return prepare.(func() (build.Interface, error))()
	}
}

// App builds the app in apps/<name> and returns its reference, pinned by digest.
func (b *Builder) App(ctx context.Context, name string) (string, error) {
	image, err := b.buildApp(ctx, name)
	if err != nil {
		return "", err
	}
	return b.finish(ctx, name, image)
}

// Postgres returns the reference of the PostgreSQL image, pinned by digest. The image is built when its recipe has
// changed since the last time. A preview builds nothing: known is then false where the image has not been built yet.
// Where this machine cannot build it, Progress reports why, and the reference is that of the official image.
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
