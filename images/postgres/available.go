package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
)

// Official is the image of the same PostgreSQL that Docker publishes for every architecture. It takes the place of the
// one that a machine cannot build: it has the same major version, user and environment contract.
const Official = "docker.io/library/postgres:" + version

// keyring verifies Debian's packages. A system that is made of Debian may lack it.
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"

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
	return checkHost(ctx)
}

// checkHost returns why nothing can be built on this machine.
func checkHost(ctx context.Context) error {
	if runtime.GOOS != "linux" {
		return fmt.Errorf("%w: it does not run Linux", ErrUnavailable)
	}
	tool, err := exec.LookPath("mmdebstrap")
	if err != nil {
		return fmt.Errorf("%w: mmdebstrap is not installed (apt-get install mmdebstrap)", ErrUnavailable)
	}
	if _, err := os.Stat(keyring); err != nil {
		return fmt.Errorf("%w: the keys of Debian are not installed (apt-get install debian-archive-keyring)", ErrUnavailable)
	}
	if os.Geteuid() == 0 {
		return nil
	}
	// The helper enters the user namespace that an unprivileged build works in.
	if output, err := exec.CommandContext(ctx, tool, "--unshare-helper", "true").CombinedOutput(); err != nil {
		reason := strings.TrimPrefix(lastLines(string(bytes.TrimSpace(output)), 1), "E: ")
		return fmt.Errorf("%w: mmdebstrap needs root or a user namespace: %s", ErrUnavailable, reason)
	}
	return nil
}
