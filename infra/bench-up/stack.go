package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// namespace is the namespace of the measured demo, which may run beside a deployed one.
const namespace = "kubernetes-networking-bench"

// stack is the demo with the dev stack's configuration, but with its own namespace and backend.
type stack struct {
	root, folder, config string
}

func newStack(ctx context.Context, root string) (*stack, error) {
	s := &stack{root: root, folder: filepath.Join(root, ".local", "bench", "up")}
	s.config = filepath.Join(s.folder, "Pulumi.dev.yaml")
	if err := os.MkdirAll(filepath.Join(s.folder, "state"), 0o700); err != nil {
		return nil, err
	}
	settings, err := os.ReadFile(filepath.Join(root, "Pulumi.dev.yaml"))
	if err != nil {
		return nil, err
	}
	settings = bytes.Replace(settings, []byte("config:\n"), []byte("config:\n  kubernetes-networking:namespace: "+namespace+"\n"), 1)
	if err := os.WriteFile(s.config, settings, 0o600); err != nil {
		return nil, err
	}
	if err := s.pulumi(ctx, "stack", "select", "--create", "dev"); err != nil {
		return nil, err
	}
	return s, s.destroy(ctx) // the remains of an interrupted run
}

// destroy deletes all resources. It returns when the namespace is deleted.
func (s *stack) destroy(ctx context.Context) error {
	return s.pulumi(ctx, "destroy", "--yes", "--skip-preview", "--config-file", s.config)
}

func (s *stack) remove(ctx context.Context) error {
	if err := s.destroy(ctx); err != nil {
		return err
	}
	return os.RemoveAll(s.folder)
}

func (s *stack) pulumi(ctx context.Context, arguments ...string) error {
	output, err := s.command(ctx, "pulumi", append(arguments, "--non-interactive")...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("pulumi %s: %w; its output:\n%s", arguments[0], err, output)
	}
	return nil
}

func (s *stack) command(ctx context.Context, name string, arguments ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, name, arguments...)
	command.Dir = s.root
	command.Env = append(command.Environ(), "PULUMI_STACK=dev", "PULUMI_BACKEND_URL=file://"+filepath.Join(s.folder, "state"))
	// Ctrl-C reaches every process of the terminal, and pulumi exits at once on a second interrupt.
	command.SysProcAttr = ownGroup()
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	return command
}
