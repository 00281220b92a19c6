// Package eviction stores how long Pods stay on a node that does not respond. Like the number of nodes, the time
// belongs to the cluster and is kept in its state folder.
package eviction

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/google/renameio/v2"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// defaultAfter is Kubernetes' own default.
const defaultAfter = 5 * time.Minute

// After returns how long Pods without their own tolerations stay on a node after Kubernetes has marked it as not Ready.
func After(root layout.Root) (time.Duration, error) {
	content, err := os.ReadFile(file(root))
	if errors.Is(err, os.ErrNotExist) {
		return defaultAfter, nil
	}
	if err != nil {
		return 0, err
	}
	after, err := time.ParseDuration(strings.TrimSpace(string(content)))
	if err == nil {
		err = Check(after)
	}
	if err != nil {
		return 0, fmt.Errorf("%s must contain a duration such as 30s: %w: remove it, or start the cluster with --eviction-after",
			file(root), err)
	}
	return after, nil
}

// SetAfter stores the time for the next start of the cluster.
func SetAfter(root layout.Root, after time.Duration) error {
	if err := os.MkdirAll(root.State(), 0o700); err != nil {
		return err
	}
	return renameio.WriteFile(file(root), fmt.Appendln(nil, after), 0o600)
}

// Check returns an error if Kubernetes cannot express the time: it counts in seconds.
func Check(after time.Duration) error {
	if after < time.Second || after%time.Second != 0 {
		return fmt.Errorf("eviction after %s: it must be a number of whole seconds, at least 1s", after)
	}
	return nil
}

func file(root layout.Root) string { return root.State("eviction-after") }
