package images

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/ko/pkg/build"

	"example.com/kubernetes-networking/images/store"
)

const (
	// CacheFolder is the folder of finished images and binaries, relative to the top folder of the checkout.
	CacheFolder = ".local/images"
	// User is the user and group of the apps: "nonroot" by the convention of distroless images.
	User = "65532:65532"

	appsModule = "example.com/kubernetes-networking/apps"

	// unusedAfter is the age at which an unused older image is deleted. Another process may still push it and read its
	// layers, but no push takes that long.
	unusedAfter = time.Hour
)

// buildApp returns the app's image, or an index of images for several architectures.
func (b *Builder) buildApp(ctx context.Context, app string) (build.Result, error) {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, architecture := range b.Architectures {
		image, err := b.buildImage(ctx, app, architecture)
		if err != nil || len(b.Architectures) == 1 {
			return image, err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add: image, Descriptor: v1.Descriptor{Platform: platform(architecture)},
		})
	}
	return index, nil
}

// buildImage returns the app's image: its binary on an empty base. It returns the stored image of the same source if
// there is one, because ko takes 0.5 s of CPU time even for an unchanged app.
func (b *Builder) buildImage(ctx context.Context, app, architecture string) (v1.Image, error) {
	before, err := b.source()
	if err != nil {
		return nil, fmt.Errorf("hash the source of apps/%s: %w", app, err)
	}
	folder := filepath.Join(b.Root, CacheFolder, "apps", app, before+"-"+architecture)
	image, found, err := store.Read(folder)
	if err != nil {
		return nil, err
	}
	if found {
		store.Use(folder)
		return image, nil
	}
	b.Progress("compiling apps/%s for %s", app, architecture)
	begin := time.Now()
	if image, err = b.compile(ctx, app, architecture); err != nil {
		return nil, err
	}
	b.Progress("apps/%s is compiled (%.1f s)", app, time.Since(begin).Seconds())
	after, err := source(b.Root)
	if err != nil {
		return nil, fmt.Errorf("hash the source of apps/%s again: %w", app, err)
	}
	if after != before { // the source changed during the build, so the image may match neither version
		return image, nil
	}
	if image, err = store.Write(folder, image); err != nil {
		return nil, err
	}
	if err := store.DeleteUnused(filepath.Dir(folder), time.Now().Add(-unusedAfter)); err != nil {
		return nil, fmt.Errorf("delete older images of apps/%s: %w", app, err)
	}
	return image, nil
}

// compile builds the app's image with ko.
func (b *Builder) compile(ctx context.Context, app, architecture string) (v1.Image, error) {
	builder, err := b.goBuilder(architecture)
	if err != nil {
		return nil, fmt.Errorf("prepare to build %s: %w", app, err)
	}
	result, err := builder.Build(ctx, build.StrictScheme+appsModule+"/"+app)
	if err != nil {
		return nil, fmt.Errorf("build the image of apps/%s: %w", app, err)
	}
	image, single := result.(v1.Image)
	if !single {
		return nil, fmt.Errorf("build the image of apps/%s: ko returned a %T, want one image", app, result)
	}
	return image, nil
}

// newGoBuilder returns a ko builder for nodes of one architecture. It compiles the apps module without the workspace
// (GOWORK=off), and leaves out everything that would change the digest but not the program: the commit (-buildvcs),
// paths (-trimpath), debug information (-dwarf=false, which the binary's build settings record) and the time.
func newGoBuilder(root, architecture string) (build.Interface, error) {
	// ko caches binaries in this folder, so that an unchanged app is neither linked nor compressed again. The
	// environment is the only way to set it.
	if os.Getenv("KOCACHE") == "" {
		if err := os.Setenv("KOCACHE", filepath.Join(root, CacheFolder, "ko")); err != nil {
			return nil, fmt.Errorf("set KOCACHE: %w", err)
		}
	}
	return build.NewGo(context.Background(), filepath.Join(root, "apps"),
		build.WithBaseImages(emptyBase(platform(architecture))),
		build.WithPlatforms(platform(architecture).String()),
		build.WithUser(User),
		build.WithDisabledSBOM(),
		build.WithDefaultEnv([]string{"GOWORK=off", "CGO_ENABLED=0"}),
		// Not build.WithTrimpath, which drops the default flags. The services use only JSON: without gin's MessagePack
		// each image is 6 MB smaller.
		build.WithDefaultFlags([]string{"-trimpath", "-buildvcs=false", "-gcflags=all=-dwarf=false", "-tags=nomsgpack"}),
		build.WithDefaultLdflags([]string{"-s", "-w"}),
		build.WithJobs(runtime.NumCPU()),
	)
}

// emptyBase returns a base image for ko without files. It has only a platform, which ko requires.
func emptyBase(platform *v1.Platform) build.GetBase {
	return func(context.Context, string) (name.Reference, build.Result, error) {
		reference, err := name.ParseReference("scratch.local/base:latest")
		if err != nil {
			return nil, nil, fmt.Errorf("name the empty base: %w", err)
		}
		// empty.Image has a config of Docker's media type. skopeo, podman and CRI-O refuse that in an OCI manifest.
		scratch := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
		image, err := mutate.ConfigFile(scratch, &v1.ConfigFile{
			OS: platform.OS, Architecture: platform.Architecture, RootFS: v1.RootFS{Type: "layers"},
		})
		if err != nil {
			return nil, nil, fmt.Errorf("create the empty base: %w", err)
		}
		return reference, image, nil
	}
}

// platform returns the platform of nodes with the given architecture.
func platform(architecture string) *v1.Platform {
	return &v1.Platform{OS: "linux", Architecture: architecture}
}
