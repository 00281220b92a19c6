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
	// CacheFolder is where finished images and binaries are kept between runs, relative to the top of the checkout.
	CacheFolder = ".local/images"
	// User is the user and group that the apps run as: "nonroot" by the convention of distroless images.
	User = "65532:65532"

	appsModule = "example.com/kubernetes-networking/apps"

	// unusedAfter is how long an older image is kept after its last use. Another process may still push it, and reads its
	// layers when they are asked for; no push takes that long.
	unusedAfter = time.Hour
)

// buildApp returns the app's image, or an index with one for each of several architectures.
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

// buildImage compiles the app and lays its binary onto an empty base, or finds what it did for the same source before:
// ko asks the go command about each app, half a second of CPU for nothing.
func (b *Builder) buildImage(ctx context.Context, app, architecture string) (v1.Image, error) {
	before, err := b.source()
	if err != nil {
		return nil, fmt.Errorf("look at what apps/%s is made of: %w", app, err)
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
	if image, err = b.compile(ctx, app, architecture); err != nil {
		return nil, err
	}
	after, err := source(b.Root)
	if err != nil {
		return nil, fmt.Errorf("look again at what apps/%s is made of: %w", app, err)
	}
	if after != before { // what somebody saved meanwhile is in the image, or is not: it is the image of neither source
		return image, nil
	}
	if image, err = store.Write(folder, image); err != nil {
		return nil, err
	}
	if err := store.RemoveUnused(filepath.Dir(folder), time.Now().Add(-unusedAfter)); err != nil {
		return nil, fmt.Errorf("remove older images of apps/%s: %w", app, err)
	}
	return image, nil
}

// compile has ko build the app's image.
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
		return nil, fmt.Errorf("build the image of apps/%s: ko made a %T, want one image", app, result)
	}
	return image, nil
}

// newGoBuilder prepares ko for nodes of one architecture. It compiles as a user of the apps module alone would (GOWORK=off), and leaves out what
// would change the digest without changing the program: the commit (-buildvcs), paths (-trimpath), the clock.
func newGoBuilder(root, architecture string) (build.Interface, error) {
	// ko keeps binaries here, so that an unchanged app is neither linked nor compressed again. It reads nothing but
	// the environment for this.
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
		// Not build.WithTrimpath: ko drops its default flags where it adds that one. The services answer in JSON only,
		// and without gin's MessagePack each is 6 MB smaller.
		build.WithDefaultFlags([]string{"-trimpath", "-buildvcs=false", "-tags=nomsgpack"}),
		build.WithDefaultLdflags([]string{"-s", "-w"}),
		build.WithJobs(runtime.NumCPU()),
	)
}

// emptyBase is ko's base image: no file at all, and the platform, which a base has to state.
func emptyBase(platform *v1.Platform) build.GetBase {
	return func(context.Context, string) (name.Reference, build.Result, error) {
		reference, err := name.ParseReference("scratch.local/base:latest")
		if err != nil {
			return nil, nil, fmt.Errorf("name the empty base: %w", err)
		}
		// skopeo, podman and CRI-O refuse an OCI manifest with the config type of a Docker image, which empty.Image has.
		scratch := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
		image, err := mutate.ConfigFile(scratch, &v1.ConfigFile{
			OS: platform.OS, Architecture: platform.Architecture, RootFS: v1.RootFS{Type: "layers"},
		})
		if err != nil {
			return nil, nil, fmt.Errorf("make the empty base: %w", err)
		}
		return reference, image, nil
	}
}

// platform is Linux on nodes of the architecture, whatever the machine that builds.
func platform(architecture string) *v1.Platform {
	return &v1.Platform{OS: "linux", Architecture: architecture}
}
