package images

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/ko/pkg/build"
)

// TestAppIsBuiltAgainWhenWhatItIsMadeOfHasChanged changes one thing after the other; a builder that fails tells whether
// ko was asked.
func TestAppIsBuiltAgainWhenWhatItIsMadeOfHasChanged(t *testing.T) {
	errAsked := errors.New("ko was asked")
	write := func(name, content string) func(*testing.T, string) {
		return func(t *testing.T, root string) {
			if err := os.WriteFile(filepath.Join(root, "apps", name), []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name   string
		change func(t *testing.T, root string)
		want   error
	}{
		{"nothing", func(*testing.T, string) {}, nil},
		{"a test", write("hello/main_test.go", "package main\n"), nil},
		{"an editor's lock", func(t *testing.T, root string) {
			if err := os.Symlink("nobody", filepath.Join(root, "apps", ".#go.mod")); err != nil {
				t.Fatal(err)
			}
		}, nil},
		{"the program", write("hello/main.go", "package main\n\nfunc main() {}\n"), errAsked},
		{"a file that it may embed", write("hello/page.html", "hello"), errAsked},
		{"a dependency", write("go.sum", "example.com/dependency v1.0.0 h1:1\n"), errAsked},
		{"the compiler's settings", func(t *testing.T, _ string) { t.Setenv("GOFLAGS", "-tags=other") }, errAsked},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := checkout(t, "hello")
			reference := buildHello(t, root, "registry.example.com/demo", true)
			c.change(t, root)
			builder := NewBuilder(root, "registry.example.com/demo", true, t.Logf)
			builder.goBuilder = func() (build.Interface, error) { return nil, errAsked }
			again, err := builder.App(t.Context(), "hello")
			if !errors.Is(err, c.want) || c.want == nil && again != reference {
				t.Errorf("got %s, %v; want %v and, without an error, %s", again, err, c.want, reference)
			}
		})
	}
}

func TestOnlyTheNewestImageOfAnAppIsKept(t *testing.T) {
	root := checkout(t, "hello")
	buildHello(t, root, "registry.example.com/demo", true)
	if err := os.WriteFile(filepath.Join(root, "apps/hello/main.go"), []byte("package main\n\nfunc main() {}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	buildHello(t, root, "registry.example.com/demo", true)
	kept, err := os.ReadDir(filepath.Join(root, CacheFolder, "apps", "hello"))
	if err != nil || len(kept) != 1 {
		t.Errorf("kept %v (%v), want one image", kept, err)
	}
}
