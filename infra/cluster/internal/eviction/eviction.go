// Package eviction is how long a cluster leaves Pods on a node that has gone. It is the cluster's own, like the number of its
// nodes, and is remembered in the state folder.
package eviction

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// byDefault is Kubernetes' own.
const byDefault = 5 * time.Minute

// After is how long Pods that say nothing else stay on a node after Kubernetes has noted that it is gone.
func After(root layout.Root) (time.Duration, error) {
	content, err := os.ReadFile(file(root))
	if errors.Is(err, os.ErrNotExist) {
		return byDefault, nil
	}
	if err != nil {
		return 0, err
	}
	after, err := time.ParseDuration(strings.TrimSpace(string(content)))
	if err == nil {
		err = Check(after)
	}
	if err != nil {
		return 0, fmt.Errorf("%s should hold a time such as 30s: %w: remove it, or start the cluster with --eviction-after", file(root), err)
	}
	return after, nil
}

// SetAfter changes it, for the next start of the cluster.
func SetAfter(root layout.Root, after time.Duration) error {
	if err := os.MkdirAll(root.State(), 0o700); err != nil {
		return err
	}
	return errors.Join(os.WriteFile(file(root)+".new", []byte(after.String()+"\n"), 0o600), os.Rename(file(root)+".new", file(root)))
}

// Check returns an error where Kubernetes knows no such time: it counts in seconds.
func Check(after time.Duration) error {
	if after < time.Second || after%time.Second != 0 {
		return fmt.Errorf("eviction after %s: it has to be whole seconds, from 1s on", after)
	}
	return nil
}

func file(root layout.Root) string { return root.State("eviction-after") }
