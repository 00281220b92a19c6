// Package clustertest runs end-to-end tests on an embedded cluster of their own.
//
// Such a test package is infra/cluster/e2e/TOPIC. It has the build tag e2e, and a TestMain:
//
//	func TestMain(m *testing.M) { clustertest.Main(m, 1) }
//
// Its cluster lives in .local/e2e-TOPIC, and in a network namespace of its own, where the tests run as well: they connect
// to 127.0.0.1:16443 and 127.80.0.x as usual, and collide neither with the user's cluster nor with other test packages. The
// mount namespace is of its own, too: what a test mounts, the cluster takes for the machine's.
// Run them as root, after `make tools`:
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

// inside is the variable that tells the process in the network namespace from the one that started it.
const inside = "CLUSTERTEST_INSIDE"

// root is the folder of the cluster that is tested.
var root layout.Root

// Root is the folder of the cluster that is tested.
func Root() layout.Root { return root }

// Main runs the tests of a package on a new cluster of so many nodes, removes the cluster, and exits. With 0 nodes there
// is no cluster at first: the tests start it with Cluster(t, "up").
//
// When a test has failed, the cluster is only stopped: its folder, with all logs, stays until the next run.
func Main(m *testing.M, nodes int) {
	code, err := run(m, nodes)
	if err != nil {
		fmt.Fprintln(os.Stderr, "clustertest:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

func run(m *testing.M, nodes int) (code int, err error) {
	pkg, err := os.Getwd() // go test runs in the package's folder
	if err != nil {
		return 0, err
	}
	local := filepath.Join(pkg, "../../../../.local")
	root = layout.Root(filepath.Join(local, "e2e-"+filepath.Base(pkg)))
	if os.Getenv(inside) == "" {
		return outside(local)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return 0, fmt.Errorf("keep mounts from the machine: %w", err)
	}
	loopback, err := netlink.LinkByName("lo")
	if err == nil {
		err = netlink.LinkSetUp(loopback)
	}
	if err != nil {
		return 0, fmt.Errorf("set the loopback device up: %w", err)
	}
	up := []string{"up"}
	if nodes > 1 {
		up = append(up, "--nodes", strconv.Itoa(nodes))
	}
	if nodes > 0 {
		if err := say(up...); err != nil {
			return 0, err
		}
	}
	return m.Run(), nil
}

// outside runs the tests in a process of new namespaces. However that process ends, the cluster does, too.
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
	// Parallel tests wait for the cluster, not for a processor. What go test was told comes after it and wins.
	tests := exec.CommandContext(ctx, "/proc/self/exe", append([]string{"-test.parallel=8"}, os.Args[1:]...)...)
	tests.Stdin, tests.Stdout, tests.Stderr = os.Stdin, os.Stdout, os.Stderr
	tests.Env = append(os.Environ(), inside+"=1")
	runtime.LockOSThread() // Pdeathsig is about the thread that starts the process
	tests.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET | unix.CLONE_NEWNS, Pdeathsig: unix.SIGKILL}
	err = tests.Run()
	if err == nil {
		return 0, remove(bin)
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.Exited() {
		code, err = exit.ExitCode(), nil // the tests have said why
	}
	fmt.Fprintf(os.Stderr, "clustertest: the logs are in %s and, of each node, below %s\n", root.State("log"), root.State("nodes"))
	return code, errors.Join(err, say("down"))
}

// link makes hard links of all files below source in the folder.
func link(source, folder string) error {
	if output, err := exec.Command("cp", "--archive", "--link", source, folder).CombinedOutput(); err != nil {
		return fmt.Errorf("link %s: %w: %s", source, err, output)
	}
	return nil
}

// remove stops the cluster and removes its folder. The folder may lack binaries: an earlier run was interrupted.
func remove(bin string) error {
	if _, err := os.Stat(string(root)); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if output, err := exec.Command(filepath.Join(bin, "cluster"), "delete", "--root", string(root)).CombinedOutput(); err != nil {
		return fmt.Errorf("cluster delete: %w: %s", err, output)
	}
	return os.RemoveAll(string(root))
}

// say runs the cluster command and shows what it says.
func say(args ...string) error {
	cmd := clusterCommand(context.Background(), args...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("cluster %s: %w", args[0], err)
	}
	return nil
}

func clusterCommand(ctx context.Context, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, root.Bin("cluster"), append(args, "--root", string(root))...)
}
