package registry_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"example.com/kubernetes-networking/infra/cluster/internal/registry"
)

func TestNewestToolboxIsPushed(t *testing.T) {
	address, images := serve(t, t.TempDir(), nil), t.TempDir()
	if err := registry.AddToolbox(t.Context(), address, images); !errors.Is(err, registry.ErrNoToolbox) {
		t.Errorf("without an image: %v, want %v", err, registry.ErrNoToolbox)
	}
	for name, age := range map[string]time.Duration{"toolbox-1": time.Hour, "toolbox-2": time.Minute, "toolbox-3": 2 * time.Hour, "postgres-1": 0} {
		folder := filepath.Join(images, name)
		path, err := layout.Write(folder, empty.Index)
		if err == nil {
			err = path.AppendImage(randomImage(t))
		}
		written := time.Now().Add(-age)
		if err := errors.Join(err, os.Chtimes(folder, written, written)); err != nil {
			t.Fatal(err)
		}
	}
	if err := registry.AddToolbox(t.Context(), address, images); err != nil {
		t.Fatal(err)
	}
	added, err := remote.Head(reference(t, address+"/toolbox"))
	if err != nil {
		t.Fatal(err)
	}
	index, err := layout.ImageIndexFromPath(filepath.Join(images, "toolbox-2"))
	if err != nil {
		t.Fatal(err)
	}
	newest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if want := newest.Manifests[0].Digest; added.Digest != want {
		t.Errorf("the toolbox is %s, want %s", added.Digest, want)
	}
}
