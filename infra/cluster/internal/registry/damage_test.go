package registry_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// A power cut can leave files that were not synced with their names but without their content.
func TestDamagedImageIsMissingUntilItIsPushedAgain(t *testing.T) {
	for _, c := range []struct{ what, files string }{
		{"the blobs", "app/blobs/sha256/*"},
		{"the index", "app/index.json"},
		{"the index and its predecessor", "app/index.json*"},
	} {
		t.Run(c.what, func(t *testing.T) {
			dir := t.TempDir()
			app, other := randomImage(t), randomImage(t)
			address := serve(t, dir, nil)
			push(t, address+"/app:1", app)
			truncateAll(t, filepath.Join(dir, c.files))
			push(t, address+"/other:1", other)

			address = serve(t, dir, nil)
			if _, err := remote.Image(reference(t, address+"/app:1")); !isNotFound(err) {
				t.Errorf("the damaged image: %v, want not found", err)
			}
			mustPull(t, address+"/other:1")
			push(t, address+"/app:1", app)
			mustPull(t, address+"/app:1")
		})
	}
}

func TestUnusedFilesAreDeletedAtTheStart(t *testing.T) {
	dir := t.TempDir()
	address := serve(t, dir, nil)
	push(t, address+"/app:1", randomImage(t))
	left := []string{
		filepath.Join(dir, "app", "_uploads", "upload-1"), // an interrupted upload
		filepath.Join(dir, "app", "blobs", "sha256", "3e60124fb79ace794fffdf4367c95791787aec31bca39cc20fb5c372ec1089ee"),
	}
	for _, file := range left {
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	address = serve(t, dir, nil)
	for _, file := range left {
		if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is still there (%v)", file, err)
		}
	}
	mustPull(t, address+"/app:1")
}

func TestAManifestWithoutItsBlobsIsRefused(t *testing.T) {
	dir := t.TempDir()
	address := serve(t, dir, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			// A client pushes the manifest last, after all blobs.
			if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/manifests/") {
				if err := os.RemoveAll(filepath.Join(dir, "app", "blobs", "sha256")); err != nil {
					t.Error(err)
				}
			}
			next.ServeHTTP(w, r)
		})
	})
	err := remote.Write(reference(t, address+"/app:1"), randomImage(t))
	if refused := new(transport.Error); !errors.As(err, &refused) || refused.Errors[0].Code != transport.ManifestBlobUnknownErrorCode {
		t.Errorf("the push: %v, want %s", err, transport.ManifestBlobUnknownErrorCode)
	}
}

func randomImage(t *testing.T) v1.Image {
	t.Helper()
	image, err := random.Image(1024, 2)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

func reference(t *testing.T, image string) name.Reference {
	t.Helper()
	ref, err := name.ParseReference(image)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func push(t *testing.T, ref string, image v1.Image) {
	t.Helper()
	if err := remote.Write(reference(t, ref), image); err != nil {
		t.Fatalf("push %s: %v", ref, err)
	}
}

// mustPull checks that an image and all its blobs are present.
func mustPull(t *testing.T, ref string) {
	t.Helper()
	image, err := remote.Image(reference(t, ref))
	if err == nil {
		err = validate.Image(image)
	}
	if err != nil {
		t.Errorf("pull %s: %v", ref, err)
	}
}

func truncateAll(t *testing.T, pattern string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: no files, %v", pattern, err)
	}
	for _, file := range files {
		if err := os.Truncate(file, 0); err != nil {
			t.Fatal(err)
		}
	}
}

// A push keeps the previous index as a copy.
func TestOnlyTheLastPushIsLostWithTheIndex(t *testing.T) {
	dir := t.TempDir()
	address := serve(t, dir, nil)
	push(t, address+"/app:1", randomImage(t))
	push(t, address+"/app:2", randomImage(t))
	truncateAll(t, filepath.Join(dir, "app/index.json"))

	address = serve(t, dir, nil)
	mustPull(t, address+"/app:1")
	if _, err := remote.Image(reference(t, address+"/app:2")); !isNotFound(err) {
		t.Errorf("the last push: %v, want not found", err)
	}
}

func isNotFound(err error) bool {
	var refused *transport.Error
	return errors.As(err, &refused) && refused.StatusCode == http.StatusNotFound
}
