package images

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/google/ko/pkg/build"
)

// TestAppIsBuiltAgainAfterAChange makes one change at a time. A failing builder shows whether ko was called.
func TestAppIsBuiltAgainAfterAChange(t *testing.T) {
	errCalled := errors.New("ko was called")
	save := func(name, content string) func(*testing.T, string) {
		return func(t *testing.T, root string) {
			t.Helper()
			write(t, root, name, content)
		}
	}
	for _, c := range []struct {
		name   string
		change func(t *testing.T, root string)
		want   error
	}{
		{"nothing", func(*testing.T, string) {}, nil},
		{"a test", save("hello/main_test.go", "package main\n"), nil},
		{"an editor's lock file", func(t *testing.T, root string) {
			if err := os.Symlink("nobody", filepath.Join(root, "apps", ".#go.mod")); err != nil {
				t.Fatal(err)
			}
		}, nil},
		{"the program", save("hello/main.go", "package main\n\nfunc main() {}\n"), errCalled},
		{"a file that the program may embed", save("hello/page.html", "hello"), errCalled},
		{"a dependency", save("go.sum", "example.com/dependency v1.0.0 h1:1\n"), errCalled},
		{"the compiler's settings", func(t *testing.T, _ string) { t.Setenv("GOFLAGS", "-tags=other") }, errCalled},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := checkout(t, "hello")
			reference := buildHello(t, root, "registry.example.com/demo", true)
			c.change(t, root)
			builder := NewBuilder(root, "registry.example.com/demo", true, t.Logf)
			builder.goBuilder = func(string) (build.Interface, error) { return nil, errCalled }
			again, err := builder.App(t.Context(), "hello")
			if !errors.Is(err, c.want) || c.want == nil && again != reference {
				t.Errorf("got %s, %v; want %v and, without an error, %s", again, err, c.want, reference)
			}
		})
	}
}

// A concurrent push reads the layers of an older image from its folder.
func TestOlderImagesAreKeptForConcurrentPushes(t *testing.T) {
	for age, want := range map[time.Duration]int{time.Minute: 2, unusedAfter + time.Minute: 1} {
		root := checkout(t, "hello")
		older := buildHello(t, root, "registry.example.com/demo", true)
		kept := storedHello(t, root)
		written := time.Now().Add(-age)
		if err := os.Chtimes(kept[0], written, written); err != nil {
			t.Fatal(err)
		}
		write(t, root, "hello/main.go", "package main\n\nfunc main() {}\n")
		if newer := buildHello(t, root, "registry.example.com/demo", true); newer == older {
			t.Errorf("a changed program still gives %s", older)
		}
		if kept = storedHello(t, root); len(kept) != want {
			t.Errorf("with an image that was used %s ago, %v are kept, want %d", age, kept, want)
		}
	}
}

func TestUseRenewsAnImage(t *testing.T) {
	root := checkout(t, "hello")
	buildHello(t, root, "registry.example.com/demo", true)
	folder := storedHello(t, root)[0]
	if err := os.Chtimes(folder, time.Time{}, time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	buildHello(t, root, "registry.example.com/demo", true)
	if info, err := os.Stat(folder); err != nil || time.Since(info.ModTime()) > time.Minute {
		t.Errorf("the time of %s is %v (%v), want now", folder, info.ModTime(), err)
	}
}

// savingBuilder changes a file at the start of each build.
type savingBuilder struct {
	build.Interface
	save func()
}

func (b savingBuilder) Build(ctx context.Context, path string) (build.Result, error) {
	b.save()
	return b.Interface.Build(ctx, path)
}

func TestImageIsNotStoredIfTheSourceChangesDuringTheBuild(t *testing.T) {
	root := checkout(t, "hello")
	ko, err := newGoBuilder(root, runtime.GOARCH)
	if err != nil {
		t.Fatal(err)
	}
	builder := NewBuilder(root, "registry.example.com/demo", true, t.Logf)
	builder.goBuilder = func(string) (build.Interface, error) {
		return savingBuilder{ko, func() { write(t, root, "hello/main.go", "package main\n\nfunc main() {}\n") }}, nil
	}
	changed, err := builder.App(t.Context(), "hello")
	if err != nil {
		t.Fatal(err)
	}
	if kept := storedHello(t, root); len(kept) != 0 {
		t.Errorf("stored %v for the source before the change", kept)
	}
	write(t, root, "hello/main.go", "package main\n\nfunc main() { println(\"hello\") }\n")
	if again := buildHello(t, root, "registry.example.com/demo", true); again == changed {
		t.Errorf("the source before the change gives %s, the image of the changed source", again)
	}
}

func TestVersionsOfTheImagesModuleAreInTheRecipe(t *testing.T) {
	names, err := fs.Glob(recipe, "*")
	if want := []string{"apps.go", "go.mod", "go.sum"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("the recipe is %v (%v), want %v", names, err, want)
	}
}

// write writes a file of the apps module.
func write(t *testing.T, root, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(root, "apps", name), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// storedHello returns the folders of the app's stored images.
func storedHello(t *testing.T, root string) []string {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join(root, CacheFolder, "apps", "hello", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return folders
}
