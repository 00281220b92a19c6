package registry_test

import (
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/registry"
)

func TestBinaryIsPushedOnce(t *testing.T) {
	dir := t.TempDir()
	var writes atomic.Int32
	address := serve(t, dir, func(next http.Handler) http.Handler {
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
	// The tag is the beginning of the content's SHA-256.
	if want := address + "/system/pause:6b2f4b53c4d4e86cfe2f1624"; reference != want {
		t.Fatalf("reference is %s, want %s", reference, want)
	}
	if err := registry.AddBinary(t.Context(), reference, binary); err != nil {
		t.Fatal(err)
	}
	pushed := writes.Load()
	if pushed == 0 {
		t.Fatal("the first call wrote nothing")
	}
	if err := registry.AddBinary(t.Context(), reference, binary); err != nil {
		t.Fatal(err)
	}
	if again := writes.Load() - pushed; again != 0 {
		t.Errorf("the second call made %d writes, want 0", again)
	}
	config, files := pull(t, reference)
	if config.Config.User != "65532:65532" || config.OS != "linux" || config.Config.Entrypoint[0] != "/entrypoint" {
		t.Errorf("config is user %q, OS %q, entrypoint %q", config.Config.User, config.OS, config.Config.Entrypoint)
	}
	if got := files["entrypoint"]; len(files) != 1 || got.text != "not really a program" || got.header.Mode != 0o755 {
		t.Errorf("the image has %d files; its entrypoint has mode %o and the content %q", len(files), got.header.Mode, got.text)
	}
}
