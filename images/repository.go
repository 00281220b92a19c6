package images

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/ko/pkg/build"
	"github.com/google/ko/pkg/publish"
)

// Repository is the destination of images, with the syntax of ko's KO_DOCKER_REPO: a prefix in a registry
// ("registry.example.com/team"), "kind.local" for the nodes of a kind cluster, or "ko.local" for the local Docker
// daemon. See https://ko.build/configuration/#local-publishing-options.
type Repository string

// ParseRepository returns text as a Repository, or an error if it is invalid. The error does not quote text, which may
// contain a password.
func ParseRepository(text string) (Repository, error) {
	_, err := name.NewRepository(path.Join(text, "app"))
	if err != nil || text == "" || strings.Contains(text, "://") {
		return "", errors.New("must be a registry with a path such as registry.example.com/team, or kind.local, or ko.local")
	}
	return Repository(strings.TrimSuffix(text, "/")), nil
}

// Ping returns an error unless the registry responds. It does not check local daemons: a failed load has a clear error.
func (r Repository) Ping(ctx context.Context) error {
	if r.Local() {
		return nil
	}
	repository, err := r.app("app")
	if err != nil {
		return err
	}
	if _, err := transport.Ping(ctx, repository.Registry, remote.DefaultTransport); err != nil {
		// The library tries https and http, and lists both failures, which have the same reason.
		if refused := new(net.OpError); errors.As(err, &refused) {
			err = refused
		}
		return fmt.Errorf("image registry %s does not answer: %w", repository.RegistryStr(), err)
	}
	return nil
}

func (r Repository) app(app string) (name.Repository, error) {
	repository, err := name.NewRepository(path.Join(string(r), app))
	if err != nil {
		return name.Repository{}, fmt.Errorf("parse %s: %w", r, err)
	}
	return repository, nil
}

// Local reports whether images are loaded into nodes or a daemon on this machine instead of being pulled.
func (r Repository) Local() bool { return r == publish.KindDomain || r == publish.LocalDomain }

// reference returns the image's reference, pinned by digest. An image that is loaded into a daemon or a node has no
// manifest digest there, so ko uses a tag that equals the digest.
func (r Repository) reference(app string, image build.Result) (string, error) {
	digest, err := image.Digest()
	if err != nil {
		return "", fmt.Errorf("digest of %s: %w", app, err)
	}
	if r.Local() {
		return fmt.Sprintf("%s/%s:%s", r, app, digest.Hex), nil
	}
	return fmt.Sprintf("%s/%s@%s", r, app, digest), nil
}

// publish pushes the image and returns its reference. It skips the parts that the registry already has.
func (r Repository) publish(ctx context.Context, app string, image build.Result) (string, error) {
	reference, err := r.reference(app, image)
	if err != nil {
		return "", err
	}
	publisher, err := r.publisher(ctx)
	if err != nil {
		return "", fmt.Errorf("prepare to push %s: %w", reference, err)
	}
	defer publisher.Close()
	if _, err := publisher.Publish(ctx, image, build.StrictScheme+app); err != nil {
		return "", fmt.Errorf("push %s: %w", reference, err)
	}
	return reference, nil
}

func (r Repository) publisher(ctx context.Context) (publish.Interface, error) {
	namer := func(base, app string) string { return path.Join(base, app) }
	switch r {
	case publish.KindDomain:
		return publish.NewKindPublisher(string(r), namer, nil), nil
	case publish.LocalDomain:
		return publish.NewDaemon(namer, nil, publish.WithLocalDomain(string(r)))
	default:
		credentials, err := r.Credentials(ctx)
		if err != nil {
			return nil, err
		}
		return publish.NewDefault(string(r), publish.WithNamer(namer), publish.WithAuth(credentials))
	}
}
