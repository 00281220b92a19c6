package postgres

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
)

// testImage returns the image that `make tools` or `pulumi up` has built. These tests do not build it, because that
// needs a network.
func testImage(t *testing.T) v1.Image {
	t.Helper()
	image, found, err := Cached(filepath.Join("..", "..", ".local", "images"))
	if err != nil {
		t.Fatal(err)
	}
	if !found {
		t.Skip("the image of this recipe is not built: run `make tools`")
	}
	return image
}

var unpacked = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "postgres-image-") })

func TestMain(m *testing.M) {
	code := m.Run()
	if root, err := unpacked(); err == nil {
		_ = os.RemoveAll(root)
	}
	os.Exit(code)
}

// container runs commands in the image's root file system, with its own port and data folder.
type container struct {
	*testing.T
	root, data, port string
	user, name       string // superuser and database for query
}

func newContainer(t *testing.T) container {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root to chroot into the image")
	}
	image := testImage(t)
	root, err := unpacked()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, entrypoint)); os.IsNotExist(err) {
		archive := mutate.Extract(image)
		defer archive.Close()
		extract := exec.Command("tar", "--extract", "--numeric-owner", "--preserve-permissions", "--directory", root)
		extract.Stdin = archive
		if output, err := extract.CombinedOutput(); err != nil {
			t.Fatalf("unpack the image: %v: %s", err, output)
		}
		if err := os.Mkdir(filepath.Join(root, "dev"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(root, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	data := t.TempDir()
	if err := os.Chown(data, user, user); err != nil {
		t.Fatal(err)
	}
	return container{T: t, root: root, data: data, port: freePort(t), user: "app", name: "app-data"}
}

// run returns a command that runs as uid 999. The root is read-only except for the folders where a Pod mounts volumes.
func (c container) run(ctx context.Context, environment []string, command ...string) *exec.Cmd {
	const script = `set -e
root=$1 data=$2; shift 2
mount --bind "$root" "$root"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t tmpfs -o mode=1777 tmpfs "$root/var/run/postgresql"
mount --bind "$data" "$root/var/lib/postgresql/data"
mount -o remount,bind,ro "$root"
exec chroot --userspec=999:999 "$root" "$@"`
	arguments := append([]string{"--mount", "sh", "-c", script, "sh", c.root, c.data}, command...)
	result := exec.CommandContext(ctx, "unshare", arguments...)
	result.Env = append([]string{
		searchPath + ":/usr/sbin:/sbin", "LANG=C.UTF-8",
		"PGDATA=/" + dataFolder + "/pgdata",
	}, environment...)
	return result
}

// start runs the image's entrypoint. It returns when the server accepts connections.
func (c container) start(environment []string) (stop func()) {
	c.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	server := c.run(ctx, environment, "docker-entrypoint.sh", "-c", "port="+c.port)
	reader, writer := io.Pipe()
	server.Stdout, server.Stderr = writer, writer
	if err := server.Start(); err != nil {
		c.Fatal(err)
	}
	exited := make(chan error, 1)
	go func() {
		err := server.Wait()
		writer.Close()
		exited <- err
	}()
	var seen strings.Builder
	for lines := bufio.NewScanner(reader); lines.Scan(); {
		fmt.Fprintln(&seen, lines.Text())
		if !strings.Contains(lines.Text(), "ready to accept connections") {
			continue
		}
		go func() { _, _ = io.Copy(io.Discard, reader) }()
		return func() {
			defer cancel()
			// The entrypoint has executed the server, so the signal reaches the server.
			if err := server.Process.Signal(syscall.SIGINT); err != nil {
				c.Error(err)
			}
			if err := <-exited; err != nil {
				c.Errorf("the server ended with %v", err)
			}
		}
	}
	cancel()
	c.Fatalf("the server did not start: %v\n%s", <-exited, seen.String())
	return nil
}

func (c container) query(password, statement string) string {
	c.Helper()
	output, err := c.psql(password, statement)
	if err != nil {
		c.Fatalf("%s: %v: %s", statement, err, output)
	}
	return strings.TrimSpace(output)
}

// psql connects over TCP, as another Pod does.
func (c container) psql(password, statement string) (string, error) {
	output, err := c.run(context.Background(), []string{"PGPASSWORD=" + password},
		"psql", "--no-psqlrc", "--tuples-only", "--no-align", "--host=127.0.0.1", "--port="+c.port,
		"--username="+c.user, "--dbname="+c.name, "--command="+statement).CombinedOutput()
	return string(output), err
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}
