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

// Official is the image of the same PostgreSQL that Docker publishes for every architecture. It takes the place of the
// one that a machine cannot build: it has the same major version, user and environment contract.
const Official = "docker.io/library/postgres:" + version

// ErrUnavailable is in the error of Check and Image where this machine cannot build the image.
var ErrUnavailable = errors.New("this machine cannot build the PostgreSQL image")

// Check returns an error with ErrUnavailable in it, and the reason, unless Image can return an image for nodes of these
// architectures. An image in the cache folder needs nothing more of the machine.
func Check(ctx context.Context, cache string, architectures []string) error {
	if !slices.Equal(architectures, []string{runtime.GOARCH}) {
		return fmt.Errorf("%w: the nodes are %s, and initdb, which the build runs, would be %s",
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
