package registry_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
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
				t.Fatalf("a layer is missing: %v", err)
			}
			content.Close()
		}
	}
}
