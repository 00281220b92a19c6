package images

import (
	"path/filepath"
	"runtime"
	"testing"
)

// largest is the size limit of an app's compressed image, in bytes. The time of a start depends on the size of the
// images.
const largest = 12_000_000

func TestAppImagesAreSmall(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	builder := NewBuilder(root, "registry.example.com/demo", true, t.Logf)
	for _, name := range []string{"clients", "orders", "products", "explorer", "probe"} {
		image, err := builder.buildImage(t.Context(), name, runtime.GOARCH)
		if err != nil {
			t.Fatal(err)
		}
		manifest, err := image.Manifest()
		if err != nil {
			t.Fatal(err)
		}
		size := manifest.Config.Size
		for _, layer := range manifest.Layers {
			size += layer.Size
		}
		t.Logf("%s: %.1f MB compressed", name, float64(size)/1e6)
		if size > largest {
			t.Errorf("the image of %s takes %d bytes, want at most %d", name, size, largest)
		}
	}
}
