package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// processes is the number of parallel test processes. Tests mostly wait for Pods, so it may exceed the number of
// processors.
const processes = "4"

// suite is one run of the tests.
type suite struct {
	root               layout.Root
	folder, registries string
	filter, focus      string
}

// run runs the tests, prints each result, and prints a summary at the end. It returns an error if a test failed.
func (s suite) run(ctx context.Context) error {
	log, err := os.Create(filepath.Join(s.folder, "e2e.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	pipe := filepath.Join(s.folder, "progress")
	stop, err := show(pipe, os.Stdout)
	if err != nil {
		return err
	}
	progress("running the tests; log: %s", log.Name())
	failure := s.execute(ctx, log, pipe)
	stop()
	junit := filepath.Join(s.folder, "junit_01.xml") // the name is upstream's
	results, err := readResults(junit)
	if err != nil {
		return fmt.Errorf("the tests did not run: %w", errors.Join(failure, err))
	}
	results.summary(os.Stdout)
	if ctx.Err() != nil {
		return errors.New("interrupted")
	}
	if len(results.failed) > 0 {
		return fmt.Errorf("%d tests failed: see %s and %s", len(results.failed), junit, log.Name())
	}
	return failure
}

func (s suite) execute(ctx context.Context, log *os.File, pipe string) error {
	nodes, err := exec.CommandContext(ctx, s.root.Bin("kubectl"), "--kubeconfig="+s.root.Kubeconfig(), "get", "nodes", "--output=name").Output()
	if err != nil {
		return fmt.Errorf("count the cluster's nodes: %w", err)
	}
	command := exec.CommandContext(ctx, s.root.Bin("ginkgo"),
		"--procs="+processes, "--no-color", "--fail-on-empty", "--timeout=2h", "--label-filter="+s.filter, "--focus="+s.focus,
		s.root.Bin("e2e.test"), "--", "--kubeconfig="+s.root.Kubeconfig(), "--provider=skeleton", "--report-dir="+s.folder,
		fmt.Sprintf("--num-nodes=%d", bytes.Count(nodes, []byte("\n"))), // otherwise only the first process counts them
	)
	command.Env = append(os.Environ(), "KUBE_TEST_REPO_LIST="+s.registries, "CONFORMANCE_PROGRESS="+pipe)
	command.Stdout, command.Stderr = log, log
	// The first signal to a process lets the tests clean up, a second one kills them. A process group of its own keeps
	// the terminal's signals away.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGTERM) }
	return command.Run()
}

// show creates a named pipe and copies its lines to out until stop is called.
func show(path string, out io.Writer) (stop func(), err error) {
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		return nil, fmt.Errorf("make the named pipe %s: %w", path, err)
	}
	pipe, err := os.OpenFile(path, os.O_RDWR, 0) // also as a writer, because reading ends without one
	if err != nil {
		return nil, err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for lines := bufio.NewScanner(pipe); lines.Scan() && lines.Text() != ""; {
			fmt.Fprintln(out, lines.Text())
		}
	}()
	return func() {
		fmt.Fprintln(pipe) // an empty line marks the end
		<-done
		pipe.Close()
		os.Remove(path)
	}, nil
}
