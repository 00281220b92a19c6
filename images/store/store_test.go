package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/random"
)

func TestImageIsReadAsItWasWritten(t *testing.T) {
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
	for _, who := range []string{"the first", "somebody else at the same time"} {
		stored, err := Write(folder, image)
		if err != nil {
			t.Fatalf("%s: %v", who, err)
		}
		if got, err := stored.Digest(); got != want || err != nil {
			t.Errorf("%s stored %v (%v), want %v", who, got, err, want)
		}
	}
	left, err := os.ReadDir(filepath.Dir(folder))
	if err != nil || len(left) != 1 {
		t.Errorf("the store holds %v (%v), want one folder", left, err)
	}
}

func TestFolderWithoutAnImageIsNamed(t *testing.T) {
	folder := t.TempDir()
	if _, found, err := Read(folder); found || err == nil || !strings.Contains(err.Error(), "remove "+folder) {
		t.Errorf("found %v, %v; want an error that says to remove %s", found, err, folder)
	}
}
