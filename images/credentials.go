package images

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/docker/cli/cli/config"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// Credentials returns the credentials for a push to the registry, from Docker's or Podman's configuration. It may run a
// credential helper. A registry on loopback that accepts anonymous pushes needs no credentials.
func (r Repository) Credentials(ctx context.Context) (authn.Authenticator, error) {
	if r.Local() {
		return authn.Anonymous, nil
	}
	repository, err := r.app("app")
	if err != nil {
		return nil, err
	}
	registry := repository.RegistryStr()
	if isLoopback(registry) && isOpen(ctx, repository.Registry) {
		return authn.Anonymous, nil
	}
	credentials, err := authn.Resolve(ctx, authn.DefaultKeychain, repository)
	if err == nil {
		_, err = authn.Authorization(ctx, credentials)
	}
	if err != nil {
		reason := strings.Join(strings.Fields(err.Error()), " ") // a helper prints several lines
		return nil, fmt.Errorf("no credentials for the image registry %s from %s: %s; repair that file, or set DOCKER_CONFIG to the folder of "+
			"another config.json", registry, credentialSource(repository), reason)
	}
	return credentials, nil
}

// isLoopback reports whether the registry's host is on loopback.
func isLoopback(registry string) bool {
	host, _, err := net.SplitHostPort(registry)
	if err != nil {
		host = strings.Trim(registry, "[]")
	}
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// isOpen reports whether the registry does not require credentials.
func isOpen(ctx context.Context, registry name.Registry) bool {
	challenge, err := transport.Ping(ctx, registry, remote.DefaultTransport)
	return err == nil && challenge.Scheme == ""
}

// credentialSource returns the name of the file that authn.DefaultKeychain reads, with the credential helper for the
// repository.
func credentialSource(repository name.Repository) string {
	folder := os.Getenv("DOCKER_CONFIG")
	if home, err := os.UserHomeDir(); folder == "" && err == nil {
		folder = filepath.Join(home, ".docker")
	}
	docker := filepath.Join(folder, "config.json")
	for _, file := range []string{
		docker, os.Getenv("REGISTRY_AUTH_FILE"), filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "containers", "auth.json"),
	} {
		content, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		parsed, err := config.LoadFromReader(bytes.NewReader(content))
		if err != nil {
			return file
		}
		helpers := parsed.CredentialHelpers
		helper := cmp.Or(helpers[repository.String()], parsed.CredentialsStore, helpers[repository.RegistryStr()])
		if helper == "" {
			return file
		}
		return fmt.Sprintf("%s with docker-credential-%s", file, helper)
	}
	return docker
}
