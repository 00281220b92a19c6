package main

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// files returns the content or link target of each path in an image.
func files(t *testing.T, image v1.Image) map[string]string {
	t.Helper()
	content := mutate.Extract(image)
	defer content.Close()
	found := map[string]string{}
	for reader := tar.NewReader(content); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		found[header.Name] = header.Linkname + string(text)
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestImageIsPushedUnderEveryNameThatTheTestsUse(t *testing.T) {
	folder := t.TempDir()
	root, err := layer([]file{{name: "bin/busybox", content: []byte("the tools")}, {name: "bin/sh", link: "busybox"}})
	if err != nil {
		t.Fatal(err)
	}
	archive, err := root.Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(archive)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "root.tar"), string(text))
	write(t, filepath.Join(folder, "bin", "agnhost"), "the tests' program")
	write(t, filepath.Join(folder, "bin", "coredns"), "a name server")
	write(t, filepath.Join(folder, "bin", "regression-issue-74839"), "a server")
	image, err := testImage(filepath.Join(folder, "root.tar"), filepath.Join(folder, "bin"))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(registry.New())
	defer server.Close()
	address := strings.TrimPrefix(server.URL, "http://")
	if _, err := useRegistry(folder, address); err != nil {
		t.Fatal(err)
	}
	if err := push(context.Background(), image); err != nil {
		t.Fatal(err)
	}
	names := map[string]string{
		"/e2e-test-images/agnhost:2.66.1": "/agnhost", "/e2e-test-images/busybox:1.37.0-2": "/agnhost",
		"/e2e-test-images/glibc-dns-testing:2.1.1": "/agnhost", "/e2e-test-images/nginx:1.27.0-2": "/agnhost",
		"/build-image/distroless-iptables:v0.9.9": "/agnhost", "/pause:3.10.2": "/agnhost",
		"/e2e-test-images/regression-issue-74839:1.5": "/regression-issue-74839",
	}
	for want, entrypoint := range names {
		reference, err := name.ParseReference(address + want)
		if err != nil {
			t.Fatal(err)
		}
		pulled, err := remote.Image(reference)
		if err != nil {
			t.Fatal(err)
		}
		if config, err := pulled.ConfigFile(); err != nil || !slices.Equal(config.Config.Entrypoint, []string{entrypoint}) {
			t.Errorf("%s runs %v, %v, want %s", want, config.Config.Entrypoint, err, entrypoint)
		}
		got := files(t, pulled)
		for path, content := range map[string]string{
			"agnhost": "the tests' program", "agnhost-2": "agnhost", "coredns": "a name server", "bin/busybox": "the tools", "bin/sh": "busybox",
		} {
			if got[path] != content {
				t.Errorf("%s: %s contains %q, want %q", want, path, got[path], content)
			}
		}
		if !strings.Contains(got["localhost.crt"], "BEGIN CERTIFICATE") || !strings.Contains(got["localhost.key"], "PRIVATE KEY") {
			t.Errorf("%s: the certificate of agnhost's porter is missing", want)
		}
	}
	if len(images) != len(names) {
		t.Errorf("%d images are pushed, this test checks %d", len(images), len(names))
	}
}
