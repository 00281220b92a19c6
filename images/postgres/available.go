package postgres

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"example.com/kubernetes-networking/images/debian"
)

// Official is Docker's official image of the same major version. It replaces the image on machines that cannot build
// it: it has the same user and environment variables, and exists for every architecture.
const Official = "docker.io/library/postgres:" + version

// ErrUnavailable is wrapped by the errors of Check and Image if this machine cannot build the image.
var ErrUnavailable = errors.New("this machine cannot build the PostgreSQL image")

// Check returns an error that wraps ErrUnavailable, with the reason, unless Image can return an image for nodes of the
// given architectures. If the cache folder has the image, the machine needs nothing else.
func Check(ctx context.Context, cache string, architectures []string) error {
	if !slices.Equal(architectures, []string{runtime.GOARCH}) {
		return fmt.Errorf("%w: the nodes are %s, but the build runs initdb for %s",
			ErrUnavailable, strings.Join(architectures, " and "), runtime.GOARCH)
	}
	if _, found, err := Cached(cache); err != nil || found {
		return err
	}
	if err := debian.CheckHost(ctx); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}
