package systemtest

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// commands is the folder of the services' binaries while withCommands runs.
var commands string

// withCommands runs the tests with a folder for the services' binaries.
type withCommands struct{ *testing.M }

// Run runs the tests and returns the exit code.
func (w withCommands) Run() (code int) {
	folder, err := os.MkdirTemp("", "commands")
	if err == nil {
		defer os.RemoveAll(folder)
		// Parallel tests mostly wait for timeouts, so there may be more than processors.
		err = flag.Set("test.parallel", "8")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	commands = folder
	return w.M.Run()
}

// command returns the path of a service's binary.
func command(t *testing.T, name string) string {
	t.Helper()
	if err := build(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(commands, name)
}

// build builds the binaries with the flags of the images, once for all tests.
var build = sync.OnceValue(func() error {
	const apps = "example.com/kubernetes-networking/apps/"
	arguments := []string{
		"build", "-trimpath", "-buildvcs=false", "-tags=nomsgpack", "-o", commands + string(filepath.Separator),
		apps + "clients", apps + "orders", apps + "products",
	}
	command := exec.CommandContext(context.Background(), "go", arguments...)
	command.Env = append(os.Environ(), "CGO_ENABLED=0") // even if the test runs with the race detector
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", strings.Join(arguments, " "), err, output)
	}
	return nil
})
