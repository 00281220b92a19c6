package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.com/kubernetes-networking/infra/tools/internal/interrupted"
)

// Recover makes the stack ready for an update after one that was killed. Otherwise it does nothing.
func (s *Stack) Recover(ctx context.Context) error {
	locked, err := s.unlock()
	if err != nil {
		return fmt.Errorf("look for locks of the stack: %w", err)
	}
	if locked {
		return nil // a running update will note its pending creations itself, and Pulumi reports who holds the lock
	}
	if err := s.settle(ctx); err != nil {
		return fmt.Errorf("settle what an interrupted update left: %w", err)
	}
	return nil
}

// unlock removes the locks of updates that were killed, and reports whether there are others. It concerns file://
// backends alone: locks of Pulumi Cloud expire.
func (s *Stack) unlock() (locked bool, err error) {
	backend, err := backendFolder()
	if err != nil || backend == "" {
		return false, err
	}
	locks, err := interrupted.Locks(filepath.Join(backend, ".pulumi", "locks", "organization", "kubernetes-networking", stackName()))
	if err != nil {
		return false, err
	}
	for _, lock := range locks {
		if !lock.Stale() {
			locked = true
			continue
		}
		if err := lock.Remove(); err != nil {
			return false, err
		}
		s.report.Printf("recover: the stack %s was locked by an update that was killed (process %d of %s): unlocked", stackName(), lock.Process, lock.User)
	}
	return locked, nil
}

// settle replaces the pending creations of the state by the objects that exist in the cluster. Pulumi alone would keep
// warning about them, fail to create the namespace again, and create a second Secret.
func (s *Stack) settle(ctx context.Context) error {
	export, err := s.pulumi(ctx, nil, "stack", "export")
	if err != nil {
		return err
	}
	state, err := interrupted.Read(export)
	if err != nil || !state.HasPending() {
		return err
	}
	creations, err := state.Creations()
	if err != nil {
		return err
	}
	refresh := []string{"refresh", "--yes", "--skip-preview"}
	noted := 0
	for _, creation := range creations {
		if owns, err := s.owns(ctx, creation); err != nil {
			return err
		} else if !owns {
			continue
		}
		if err := state.Note(creation); err != nil {
			return err
		}
		refresh = append(refresh, "--target", creation.URN)
		noted++
	}
	settled, err := state.Settled()
	if err != nil {
		return err
	}
	if _, err = s.pulumi(ctx, settled, "stack", "import"); err != nil || noted == 0 {
		return err
	}
	s.report.Printf("recover: an update was killed while it was creating objects: checking which of the %d exist", noted)
	_, err = s.pulumi(ctx, nil, refresh...)
	return err
}

// owns reports whether the object belongs to the stack if it exists. All objects in the stack's namespace do. The
// namespace itself must have the stack's labels and be empty, as it is when the update creates it: one of somebody else
// would be deleted with the stack.
func (s *Stack) owns(ctx context.Context, namespace interrupted.Creation) (bool, error) {
	if namespace.Type != "kubernetes:core/v1:Namespace" {
		return true, nil
	}
	kubeconfig := namespace.Kubeconfig
	if kubeconfig == "" {
		file, err := s.writeKubeconfig(ctx, namespace.URN)
		if err != nil {
			return false, fmt.Errorf("read the kubeconfig of the stack: %w", err)
		}
		defer os.Remove(file)
		kubeconfig = file
	}
	kubectl := func(args ...string) ([]byte, error) {
		if namespace.Context != "" {
			args = append(args, "--context", namespace.Context)
		}
		return s.Output(ctx, nil, "kubectl", append(args, "--kubeconfig", kubeconfig)...)
	}
	found, err := kubectl("get", "namespace", namespace.Name, "--ignore-not-found", "--output", "json")
	if err != nil || len(found) == 0 {
		return false, err
	}
	content, err := kubectl("get", "all,configmaps,secrets,persistentvolumeclaims", "--namespace", namespace.Name, "--output", "name")
	if err != nil {
		return false, err
	}
	why, err := interrupted.Foreign(namespace, found, strings.Fields(string(content)))
	if err != nil || why == "" {
		return err == nil, err
	}
	s.report.Printf("recover: an update was killed while it created the namespace %[1]s, and the one that exists may be somebody else's, because %[2]s. "+
		"The stack leaves it alone, and the next update fails with \"already exists\". If it is the stack's, delete it by hand (kubectl delete "+
		"namespace %[1]s); if not, name another one (pulumi config set namespace NAME)", namespace.Name, why)
	return false, nil
}

// writeKubeconfig writes the kubeconfig of the creation's provider to a new file, which only this user can read. It
// returns the path.
func (s *Stack) writeKubeconfig(ctx context.Context, urn string) (string, error) {
	export, err := s.pulumi(ctx, nil, "stack", "export", "--show-secrets")
	if err != nil {
		return "", err
	}
	state, err := interrupted.Read(export)
	if err != nil {
		return "", err
	}
	creations, err := state.Creations()
	if err != nil {
		return "", err
	}
	at := slices.IndexFunc(creations, func(creation interrupted.Creation) bool { return creation.URN == urn })
	if at < 0 || creations[at].Contents == "" {
		return "", errors.New("the state of the stack has none")
	}
	file, err := os.CreateTemp(s.Local("build"), "kubeconfig")
	if err != nil {
		return "", err
	}
	_, err = file.WriteString(creations[at].Contents)
	return file.Name(), errors.Join(err, file.Close())
}
