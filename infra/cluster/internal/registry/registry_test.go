package registry_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"example.com/kubernetes-networking/infra/cluster/internal/registry"
)

func serve(t *testing.T, dir string, wrap func(http.Handler) http.Handler) (address string) {
	t.Helper()
	handler, err := registry.Handler(dir)
	if err != nil {
		t.Fatal(err)
	}
	if wrap != nil {
		handler = wrap(handler)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func TestImagesAndIndexesSurviveARestart(t *testing.T) {
	dir := t.TempDir()
	index, err := random.Index(1024, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	want, err := index.Digest()
	if err != nil {
		t.Fatal(err)
	}
	first, err := name.ParseReference(serve(t, dir, nil) + "/demo/app:1")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.WriteIndex(first, index); err != nil {
		t.Fatal(err)
	}

	again, err := name.ParseReference(serve(t, dir, nil) + "/demo/app:1")
	if err != nil {
		t.Fatal(err)
	}
	pulled, err := remote.Index(again)
	if err != nil {
		t.Fatalf("after a restart: %v", err)
	}
	if got, _ := pulled.Digest(); got != want {
		t.Errorf("after a restart the tag is %s, want %s", got, want)
	}
	manifest, err := pulled.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	for _, child := range manifest.Manifests {
		image, err := remote.Image(again.Context().Digest(child.Digest.String()))
		if err != nil {
			t.Fatal(err)
		}
		layers, err := image.Layers()
		if err != nil {
			t.Fatal(err)
		}
		for _, layer := range layers {
			content, err := layer.Uncompressed()
			if err != nil {
				t.Fatalf("a layer is gone: %v", err)
			}
			content.Close()
		}
	}
}

func TestBinaryIsPushedOnce(t *testing.T) {
	var writes atomic.Int32
	address := serve(t, t.TempDir(), func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPut || r.Method == http.MethodPost || r.Method == http.MethodPatch {
				writes.Add(1)
			}
			next.ServeHTTP(w, r)
		})
	})
	binary := filepath.Join(t.TempDir(), "pause")
	if err := os.WriteFile(binary, []byte("not really a program"), 0o755); err != nil {
		t.Fatal(err)
	}
	reference, err := registry.BinaryReference(address, "pause", binary)
	if err != nil {
		t.Fatal(err)
	}
	// The tag is the start of the SHA-256 of the content above.
	if want := address + "/system/pause:6b2f4b53c4d4e86cfe2f1624"; reference != want {
		t.Fatalf("reference is %s, want %s", reference, want)
	}
	if err := registry.PushBinary(t.Context(), reference, binary); err != nil {
		t.Fatal(err)
	}
	pushed := writes.Load()
	if pushed == 0 {
		t.Fatal("the first push wrote nothing")
	}
	if err := registry.PushBinary(t.Context(), reference, binary); err != nil {
		t.Fatal(err)
	}
	if again := writes.Load() - pushed; again != 0 {
		t.Errorf("the second push made %d writes, want 0", again)
	}
	ref, err := name.ParseReference(reference)
	if err != nil {
		t.Fatal(err)
	}
	image, err := remote.Image(ref)
	if err != nil {
		t.Fatal(err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if config.Config.User != "65532:65532" || config.OS != "linux" || config.Config.Entrypoint[0] != "/entrypoint" {
		t.Errorf("config is user %q, OS %q, entrypoint %q", config.Config.User, config.OS, config.Config.Entrypoint)
	}
}
