//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// checkout is a copy of this checkout. The test changes its sources, and runs its own cluster and stack in it, so that
// the user's are safe. Hard links share the binaries that `make tools` built.
type checkout struct {
	t           *testing.T
	dir         string
	environment string // the output of `make env`, which takes half a second
}

func newCheckout(t *testing.T) *checkout {
	t.Helper()
	source, dir := folders(t)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	script := `set -eu
		mkdir -p "$2/.local"
		cd "$1"
		git ls-files -z --cached --others --exclude-standard --deduplicate | while IFS= read -r -d '' file; do
			if [ -e "$file" ]; then printf '%s\0' "$file"; fi
		done | tar --null --files-from=- --create | tar --extract --directory "$2"
		for part in bin build images; do cp --archive --link ".local/$part" "$2/.local/"; done
		cd "$2"
		git init --quiet && git add --all && git -c user.name=e2e -c user.email=e2e@localhost commit --quiet --message copy`
	if output, err := exec.Command("bash", "-c", script, "copy", source, dir).CombinedOutput(); err != nil {
		t.Fatalf("copy the checkout: %v\n%s", err, output)
	}
	c := open(t, dir)
	t.Cleanup(func() {
		// A failed test leaves a running cluster. Its logs stay.
		if output, err := c.try("make cluster-down"); err != nil {
			t.Errorf("make cluster-down: %v\n%s", err, output)
		}
	})
	return c
}

// open returns the copy in dir.
func open(t *testing.T, dir string) *checkout {
	t.Helper()
	environment := exec.Command("make", "--silent", "env")
	environment.Dir = dir
	output, err := environment.Output()
	if err != nil {
		t.Fatalf("make env: %v", err)
	}
	return &checkout{t: t, dir: dir, environment: string(output)}
}

// folders returns the paths of this checkout and of its copy. The copy is in .local, which git ignores, and on the same
// file system, which hard links need.
func folders(t *testing.T) (source, dir string) {
	t.Helper()
	source, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return source, filepath.Join(source, ".local", "e2e")
}

// stopEarlierRun stops the cluster of an earlier run that was interrupted.
func stopEarlierRun(t *testing.T) {
	t.Helper()
	_, dir := folders(t)
	if _, err := os.Stat(dir); err != nil {
		return
	}
	if output, err := open(t, dir).try("make cluster-down"); err != nil {
		t.Fatalf("stop the cluster of an earlier run: %v\n%s", err, output)
	}
}

func (c *checkout) path(elem ...string) string {
	return filepath.Join(append([]string{c.dir}, elem...)...)
}

// commandTimeout limits each command. The slowest, the tests in a browser, take four to eight minutes.
const commandTimeout = 20 * time.Minute

// try runs a command and returns its standard output and standard error.
func (c *checkout) try(command string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	defer cancel()
	cmd := c.command(ctx, command)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	err := cmd.Run()
	if ctx.Err() != nil {
		err = errors.Join(err, fmt.Errorf("no end within %s", commandTimeout))
	}
	return output.String(), err
}

// command returns a command that runs in the environment of `make env`.
func (c *checkout) command(ctx context.Context, command string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "bash", "-c", "set -eu\n"+c.environment+command)
	cmd.Dir = c.dir
	return cmd
}

// run is like try, logs the duration, and fails the test if the command fails.
func (c *checkout) run(command string) string {
	c.t.Helper()
	started := time.Now()
	output, err := c.try(command)
	if err != nil {
		c.t.Fatalf("%s: %v\n%s", command, err, output)
	}
	c.t.Logf("%-60s %6.1f s", command, time.Since(started).Seconds())
	return output
}

// mustFail fails the test unless the command fails, prints each of the texts, and prints no stack trace.
func (c *checkout) mustFail(command string, texts ...string) {
	c.t.Helper()
	output, err := c.try(command)
	if err == nil {
		c.t.Errorf("%s succeeded, want a failure that prints %q", command, texts)
	}
	for _, text := range texts {
		if !strings.Contains(output, text) {
			c.t.Errorf("%s printed no %q:\n%s", command, text, output)
		}
	}
	for _, trace := range []string{"goroutine ", "panic:", ".go:"} {
		if strings.Contains(output, trace) {
			c.t.Errorf("%s prints a stack trace:\n%s", command, output)
		}
	}
}

// edit replaces old in a file of the copy. The file must hold old exactly once.
func (c *checkout) edit(file, old, replacement string) {
	c.t.Helper()
	content, err := os.ReadFile(c.path(file))
	if err != nil {
		c.t.Fatal(err)
	}
	if n := bytes.Count(content, []byte(old)); n != 1 {
		c.t.Fatalf("%s holds %q %d times, want once", file, old, n)
	}
	if err := os.WriteFile(c.path(file), bytes.Replace(content, []byte(old), []byte(replacement), 1), 0o644); err != nil {
		c.t.Fatal(err)
	}
}
