package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"example.com/kubernetes-networking/infra/tools/internal/interrupted"
)

// recover makes the stack ready for an update after one that was killed. Where none was, it does nothing.
func (b *builder) recover(ctx context.Context) error {
	locked, err := b.unlock()
	if err != nil {
		return fmt.Errorf("look for what locks the stack: %w", err)
	}
	if locked {
		return nil // what an update that goes on has not noted yet, it will; and Pulumi says who it is
	}
	if err := b.settle(ctx); err != nil {
		return fmt.Errorf("settle what an interrupted update left: %w", err)
	}
	return nil
}

// unlock removes the locks of updates that were killed, and reports whether there are others. Only a backend of files
// cannot tell the two apart; Pulumi Cloud lets a lock run out.
func (b *builder) unlock() (locked bool, err error) {
	backend, err := url.Parse(os.Getenv("PULUMI_BACKEND_URL"))
	if err != nil {
		return false, errors.New("PULUMI_BACKEND_URL is not a URL") // net/url's error quotes it, and it may hold a password
	}
	if backend.Scheme != "file" {
		return false, nil
	}
	stack := os.Getenv("PULUMI_STACK")
	locks, err := interrupted.Locks(filepath.Join(backend.Path, ".pulumi", "locks", "organization", "kubernetes-networking", stack))
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
		b.report.say("recover: the stack %s was locked by an update that was killed (process %d of %s): unlocked", stack, lock.Process, lock.User)
	}
	return locked, nil
}

// settle replaces the state's pending creations by what the cluster says of them. Pulumi itself keeps warning of them, cannot
// create the namespace a second time, and would make a second Secret.
func (b *builder) settle(ctx context.Context) error {
	export, err := b.pulumi(ctx, nil, "stack", "export")
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
		if own, err := b.own(ctx, creation); err != nil {
			return err
		} else if !own {
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
	if _, err = b.pulumi(ctx, settled, "stack", "import"); err != nil || noted == 0 {
		return err
	}
	b.report.say("recover: an update was killed while it created %d objects: looking which of them exist", noted)
	_, err = b.pulumi(ctx, nil, refresh...)
	return err
}

// own reports whether the object is the stack's own if it exists. What is in the stack's namespace is. The namespace has
// to be certainly the one that the update made, since one of somebody else would be deleted with the stack: it has the
// stack's labels, and nothing is in it, because all else is created later.
func (b *builder) own(ctx context.Context, namespace interrupted.Creation) (bool, error) {
	if namespace.Type != "kubernetes:core/v1:Namespace" {
		return true, nil
	}
	kubeconfig := namespace.Kubeconfig
	if kubeconfig == "" {
		file, err := b.writeKubeconfig(ctx, namespace.URN)
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
		return b.output(ctx, nil, "kubectl", append(args, "--kubeconfig", kubeconfig)...)
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
	b.report.say("recover: an update was killed while it created the namespace %[1]s, and the one that exists may be somebody else's, because %[2]s. "+
		"The stack leaves it alone, and the next update fails with \"already exists\". If it is the stack's, delete it by hand (kubectl delete "+
		"namespace %[1]s); if not, name another one (pulumi config set namespace NAME)", namespace.Name, why)
	return false, nil
}

// writeKubeconfig writes the kubeconfig that the creation's provider has the contents of to a new file, which only this
// user can read, and returns its path.
func (b *builder) writeKubeconfig(ctx context.Context, urn string) (string, error) {
	export, err := b.pulumi(ctx, nil, "stack", "export", "--show-secrets")
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
	file, err := os.CreateTemp(b.local("build"), "kubeconfig")
	if err != nil {
		return "", err
	}
	_, err = file.WriteString(creations[at].Contents)
	return file.Name(), errors.Join(err, file.Close())
}

func (b *builder) pulumi(ctx context.Context, input []byte, args ...string) ([]byte, error) {
	return b.output(ctx, input, "pulumi", args...)
}

// output runs a command in the checkout and returns what it prints.
func (b *builder) output(ctx context.Context, input []byte, name string, args ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, name, args...)
	var said bytes.Buffer
	command.Dir, command.Stdin, command.Stderr = b.root, bytes.NewReader(input), &said
	printed, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, &said)
	}
	return printed, nil
}
