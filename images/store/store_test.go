package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/random"
)

func TestWrittenImageIsRead(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "images", "app")
	if _, found, err := Read(folder); found || err != nil {
		t.Fatalf("an empty store has an image: %v (%v)", found, err)
	}
	image, err := random.Image(100, 2)
	if err != nil {
		t.Fatal(err)
	}
	want, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	for _, writer := range []string{"the first process", "a concurrent process"} {
		stored, err := Write(folder, image)
		if err != nil {
			t.Fatalf("%s: %v", writer, err)
		}
		if got, err := stored.Digest(); got != want || err != nil {
			t.Errorf("%s stored %v (%v), want %v", writer, got, err, want)
		}
	}
	left, err := os.ReadDir(filepath.Dir(folder))
	if err != nil || len(left) != 1 {
		t.Errorf("the store holds %v (%v), want one folder", left, err)
	}
}

func TestFolderWithoutAnImageIsReported(t *testing.T) {
	folder := t.TempDir()
	if _, found, err := Read(folder); found || err == nil || !strings.Contains(err.Error(), "remove "+folder) {
		t.Errorf("found %v, %v; want an error with remove %s", found, err, folder)
	}
}

func TestFolderWithoutExactlyOneImageIsReported(t *testing.T) {
	folder := t.TempDir()
	if _, err := layout.Write(folder, empty.Index); err != nil {
		t.Fatal(err)
	}
	want := folder + " holds 0 images, want one (remove it to build it anew)"
	if _, found, err := Read(folder); found || err == nil || err.Error() != want {
		t.Errorf("found %v, %v; want %s", found, err, want)
	}
}

func TestOnlyUnusedImagesAreDeleted(t *testing.T) {
	parent := t.TempDir()
	hour := time.Now().Add(-time.Hour)
	for name, written := range map[string]time.Time{
		"old": hour.Add(-time.Minute), "building-old": hour.Add(-time.Minute), "used": hour.Add(-time.Minute), "new": hour.Add(time.Minute),
	} {
		folder := filepath.Join(parent, name)
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(folder, written, written); err != nil {
			t.Fatal(err)
		}
	}
	Use(filepath.Join(parent, "used"))
	if err := DeleteUnused(parent, hour); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(parent)
	if err != nil || len(entries) != 2 || entries[0].Name() != "new" || entries[1].Name() != "used" {
		t.Errorf("kept %v (%v), want new and used", entries, err)
	}
}
