// Package clustertest runs the end-to-end tests of a package on an embedded cluster of its own.
//
// Such a package is infra/cluster/e2e/TOPIC, with the build tag e2e and this TestMain:
//
//	func TestMain(m *testing.M) { clustertest.Main(m, 1) }
//
// Its cluster uses the folder .local/e2e-TOPIC. The cluster and the tests run in a network namespace of their own, so
// the tests connect to 127.0.0.1:16443 and 127.80.0.x as usual, and disturb neither the user's cluster nor other test
// packages. They also have a mount namespace of their own, in which a test can mount file systems for the cluster to
// see. Run the tests as root, after `make tools`:
//
//	go -C infra/cluster test -tags e2e -count=1 ./e2e/TOPIC
package clustertest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/registry"
)

// inside is the environment variable of the process in the new namespaces.
const inside = "CLUSTERTEST_INSIDE"

// root is the folder of the cluster under test.
var root layout.Root

// Root returns the folder of the cluster under test.
func Root() layout.Root { return root }

// Nodes returns the number of nodes for tests that run on one or more: the environment variable NODES, or 1.
func Nodes() int {
	nodes, err := strconv.Atoi(os.Getenv("NODES"))
	if err != nil {
		return 1
	}
	return nodes
}

// Main runs the tests of a package on a new cluster with the given number of nodes, deletes the cluster, and exits.
// With 0 nodes the tests start the cluster themselves, with Cluster(t, "up").
//
// If a test fails, Main only stops the cluster. Its folder, with all logs, stays until the next run.
func Main(m *testing.M, nodes int) { MainOn(m, nodes, "") }

// MainOn is like Main, with the programs and libraries of a Debian release instead of the machine's.
func MainOn(m *testing.M, nodes int, release string) {
	code, err := runTests(m, nodes, release)
	if err != nil {
		fmt.Fprintln(os.Stderr, "clustertest:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

func runTests(m *testing.M, nodes int, release string) (code int, err error) {
	pkg, err := os.Getwd() // the package's folder, for go test
	if err != nil {
		return 0, err
	}
	checkout := filepath.Join(pkg, "../../../..")
	local := filepath.Join(checkout, ".local")
	root = layout.Root(filepath.Join(local, "e2e-"+filepath.Base(pkg)))
	userland := filepath.Join(local, "debian-"+release)
	if os.Getenv(inside) == "" {
		if release != "" {
			err = buildUserland(userland, release)
		}
		if err != nil {
			return 0, err
		}
		return outside(local)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return 0, fmt.Errorf("make the mounts private: %w", err)
	}
	if release != "" {
		if err := enterUserland(userland, checkout); err != nil {
			return 0, err
		}
		if err := os.Chdir(pkg); err != nil {
			return 0, err
		}
	}
	loopback, err := netlink.LinkByName("lo")
	if err == nil {
		err = netlink.LinkSetUp(loopback)
	}
	if err != nil {
		return 0, fmt.Errorf("enable the loopback device: %w", err)
	}
	up := []string{"up"}
	if nodes > 1 {
		up = append(up, "--nodes", strconv.Itoa(nodes))
	}
	if nodes > 0 {
		if err := run(up...); err != nil {
			return 0, err
		}
	}
	return m.Run(), nil
}

// outside starts the tests in a process with new namespaces. The cluster ends with that process, however it ends.
func outside(local string) (code int, err error) {
	bin := filepath.Join(local, "bin")
	if err := remove(bin); err != nil { // of an earlier run
		return 0, err
	}
	if err := os.MkdirAll(string(root), 0o700); err != nil {
		return 0, err
	}
	if err := link(bin, string(root)); err != nil {
		return 0, err
	}
	images, err := filepath.Glob(filepath.Join(local, "images", registry.ToolboxName+"-*"))
	if err == nil {
		err = os.MkdirAll(root.Images(), 0o700)
	}
	for _, image := range images {
		err = errors.Join(err, link(image, root.Images()))
	}
	if err != nil {
		return 0, err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	// Parallel tests wait for the cluster, not for a processor. The flags of go test follow and take precedence.
	tests := exec.CommandContext(ctx, "/proc/self/exe", append([]string{"-test.parallel=8"}, os.Args[1:]...)...)
	tests.Stdin, tests.Stdout, tests.Stderr = os.Stdin, os.Stdout, os.Stderr
	tests.Env = append(os.Environ(), inside+"=1")
	runtime.LockOSThread() // Pdeathsig refers to the thread that starts the process
	tests.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET | unix.CLONE_NEWNS, Pdeathsig: unix.SIGKILL}
	err = tests.Run()
	if err == nil {
		return 0, remove(bin)
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.Exited() {
		code, err = exit.ExitCode(), nil // the tests have printed the reason
	}
	fmt.Fprintf(os.Stderr, "clustertest: the logs are in %s and, of each node, below %s\n", root.State("log"), root.State("nodes"))
	return code, errors.Join(err, run("down"))
}

// link creates hard links to all files below source in folder.
func link(source, folder string) error {
	if output, err := exec.Command("cp", "--archive", "--link", source, folder).CombinedOutput(); err != nil {
		return fmt.Errorf("link %s: %w: %s", source, err, output)
	}
	return nil
}

// remove stops the cluster and deletes its folder. It uses the cluster binary in bin, because the folder of an
// interrupted run may lack it.
func remove(bin string) error {
	if _, err := os.Stat(string(root)); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if output, err := exec.Command(filepath.Join(bin, "cluster"), "delete", "--root", string(root)).CombinedOutput(); err != nil {
		return fmt.Errorf("cluster delete: %w: %s", err, output)
	}
	return os.RemoveAll(string(root))
}

// run runs the cluster command and shows its output.
func run(args ...string) error {
	cmd := clusterCommand(context.Background(), args...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("cluster %s: %w", args[0], err)
	}
	return nil
}

func clusterCommand(ctx context.Context, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, root.Bin("cluster"), append([]string{"--root", string(root)}, args...)...)
}
