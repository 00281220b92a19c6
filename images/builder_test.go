package images

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"example.com/kubernetes-networking/images/postgres"
)

// checkout creates a checkout with one app and its own cache in a temporary folder.
func checkout(t *testing.T, greeting string) string {
	t.Helper()
	root := t.TempDir()
	t.Setenv("KOCACHE", filepath.Join(root, "cache"))
	t.Setenv("GOFLAGS", "") // the builder must set all flags that affect the digest
	for path, content := range map[string]string{
		"apps/go.mod":        "module " + appsModule + "\n\ngo 1.26.0\n",
		"apps/hello/main.go": "package main\n\nfunc main() { println(\"" + greeting + "\") }\n",
	} {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// countingRegistry starts a real registry that counts write requests.
func countingRegistry(t *testing.T) (repository Repository, writes *atomic.Int64) {
	t.Helper()
	writes = new(atomic.Int64)
	handler := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			writes.Add(1)
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return Repository(strings.TrimPrefix(server.URL, "http://") + "/demo"), writes
}

func buildHello(t *testing.T, root string, repository Repository, preview bool) string {
	t.Helper()
	reference, err := NewBuilder(root, repository, preview, t.Logf).App(t.Context(), "hello")
	if err != nil {
		t.Fatal(err)
	}
	return reference
}

func TestAppHasTheSameDigestInEveryCheckout(t *testing.T) {
	const repository = Repository("registry.example.com/demo")
	first := buildHello(t, checkout(t, "hello"), repository, true)
	second := buildHello(t, checkout(t, "hello"), repository, true)
	if first != second {
		t.Errorf("two checkouts of the same source give %s and %s", first, second)
	}
	changed := buildHello(t, checkout(t, "goodbye"), repository, true)
	if changed == first {
		t.Errorf("a changed program still gives %s", first)
	}
	if prefix := "registry.example.com/demo/hello@sha256:"; !strings.HasPrefix(first, prefix) {
		t.Errorf("reference is %s, want %s…", first, prefix)
	}
}

func TestPreviewPushesNothingAndReturnsTheSameReference(t *testing.T) {
	root := checkout(t, "hello")
	repository, writes := countingRegistry(t)
	previewed := buildHello(t, root, repository, true)
	if writes.Load() != 0 {
		t.Errorf("a preview wrote to the registry %d times", writes.Load())
	}
	if pushed := buildHello(t, root, repository, false); pushed != previewed {
		t.Errorf("pushed %s, but the preview returned %s", pushed, previewed)
	}
}

func TestAppRunsAsNonRootAndIsPushedOnce(t *testing.T) {
	root := checkout(t, "hello")
	repository, writes := countingRegistry(t)
	reference, err := name.NewDigest(buildHello(t, root, repository, false))
	if err != nil {
		t.Fatal(err)
	}
	image, err := remote.Image(reference)
	if err != nil {
		t.Fatal(err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if config.Config.User != "65532:65532" || config.OS != "linux" {
		t.Errorf("user %q on %q, want 65532:65532 on linux", config.Config.User, config.OS)
	}

	manifest, err := image.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range append(manifest.Layers, manifest.Config) {
		if !strings.HasPrefix(string(got.MediaType), "application/vnd.oci.image.") {
			t.Errorf("an OCI manifest refers to a %s", got.MediaType)
		}
	}

	before := writes.Load()
	if before == 0 {
		t.Error("the push made no write request, so the count is wrong")
	}
	buildHello(t, root, repository, false)
	if writes.Load() != before {
		t.Errorf("the second push of an image made %d write requests, want 0", writes.Load()-before)
	}
}

func TestCompilerErrorIsReportedWithTheApp(t *testing.T) {
	root := checkout(t, "hello")
	if err := os.WriteFile(filepath.Join(root, "apps/hello/main.go"), []byte("package main\n\nfunc main() { missing() }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := NewBuilder(root, "registry.example.com/demo", true, t.Logf).App(t.Context(), "hello")
	if err == nil || !strings.Contains(err.Error(), "apps/hello") || !strings.Contains(err.Error(), "undefined: missing") {
		t.Errorf("error is %v, want the app and the compiler's message", err)
	}
}

// otherArchitecture returns an architecture other than this machine's.
func otherArchitecture() string {
	if runtime.GOARCH == "arm64" {
		return "amd64"
	}
	return "arm64"
}

func TestAppIsBuiltForTheArchitectureOfTheNodes(t *testing.T) {
	root := checkout(t, "hello")
	repository, _ := countingRegistry(t)
	builder := NewBuilder(root, repository, false, t.Logf)
	builder.Architectures = []string{otherArchitecture()}
	image, err := remote.Image(pushHello(t, builder))
	if err != nil {
		t.Fatal(err)
	}
	if got := architectureOf(t, image); got != otherArchitecture() {
		t.Errorf("the image is for %s, want %s", got, otherArchitecture())
	}
	if again := buildHello(t, root, repository, false); again == pushHello(t, builder).String() {
		t.Errorf("%s is the image for both %s and %s", again, runtime.GOARCH, otherArchitecture())
	}
}

func TestNodesOfSeveralArchitecturesPullOneReference(t *testing.T) {
	repository, _ := countingRegistry(t)
	builder := NewBuilder(checkout(t, "hello"), repository, false, t.Logf)
	builder.Architectures = []string{"amd64", "arm64"}
	reference := pushHello(t, builder)
	for _, architecture := range builder.Architectures {
		image, err := remote.Image(reference, remote.WithPlatform(v1.Platform{OS: "linux", Architecture: architecture}))
		if err != nil {
			t.Fatal(err)
		}
		if got := architectureOf(t, image); got != architecture {
			t.Errorf("nodes of %s pull an image for %s", architecture, got)
		}
	}
}

func pushHello(t *testing.T, builder *Builder) name.Digest {
	t.Helper()
	text, err := builder.App(t.Context(), "hello")
	if err != nil {
		t.Fatal(err)
	}
	reference, err := name.NewDigest(text)
	if err != nil {
		t.Fatal(err)
	}
	return reference
}

func architectureOf(t *testing.T, image v1.Image) string {
	t.Helper()
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	return config.Architecture
}

// TestOfficialPostgresReplacesAnUnavailableBuild checks previews and updates. The reason must be a single line.
func TestOfficialPostgresReplacesAnUnavailableBuild(t *testing.T) {
	for _, c := range []struct {
		name, architecture, path string
		want                     []string
	}{
		{"nodes of another architecture", otherArchitecture(), os.Getenv("PATH"), []string{runtime.GOARCH, otherArchitecture()}},
		{"no mmdebstrap", runtime.GOARCH, t.TempDir(), []string{"mmdebstrap"}},
	} {
		for _, preview := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, preview %t", c.name, preview), func(t *testing.T) {
				t.Setenv("PATH", c.path)
				var lines []string
				builder := NewBuilder(t.TempDir(), "registry.example.com/demo", preview, func(format string, args ...any) {
					lines = append(lines, fmt.Sprintf(format, args...))
				})
				builder.Architectures = []string{c.architecture}
				reference, known, err := builder.Postgres(t.Context())
				if err != nil || !known || reference != postgres.Official {
					t.Errorf("Postgres() = %q, %t, %v; want %s", reference, known, err, postgres.Official)
				}
				if len(lines) != 1 || strings.Contains(lines[0], "\n") {
					t.Fatalf("progress is %q, want one line", lines)
				}
				for _, want := range append(c.want, "databaseImage", postgres.Official) {
					if !strings.Contains(lines[0], want) {
						t.Errorf("progress is %q, want %q in it", lines[0], want)
					}
				}
			})
		}
	}
}

func TestPostgresPreviewBuildsNothing(t *testing.T) {
	if _, err := exec.LookPath("mmdebstrap"); err != nil {
		t.Skip("this machine cannot build the image")
	}
	reference, known, err := NewBuilder(t.TempDir(), "registry.example.com/demo", true, t.Logf).Postgres(t.Context())
	if err != nil || known || reference != "" {
		t.Errorf("Postgres() = %q, %v, %v; want an unknown reference", reference, known, err)
	}
}

func TestRepositoryHasTheSyntaxOfKo(t *testing.T) {
	digest, err := empty.Image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"registry.example.com/team/":     "registry.example.com/team/app@" + digest.String(),
		"127.0.0.1:15000/kubernetes-net": "127.0.0.1:15000/kubernetes-net/app@" + digest.String(),
		"kind.local":                     "kind.local/app:" + digest.Hex,
		"ko.local":                       "ko.local/app:" + digest.Hex,
	} {
		repository, err := ParseRepository(text)
		if err != nil {
			t.Errorf("ParseRepository(%q): %v", text, err)
			continue
		}
		if got, err := repository.reference("app", empty.Image); got != want || err != nil {
			t.Errorf("in %q the app's reference is %s (%v), want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "Upper.Case/Path", "registry.example.com/a b", "https://registry.example.com"} {
		if _, err := ParseRepository(text); err == nil {
			t.Errorf("ParseRepository(%q) succeeds, want an error", text)
		}
	}
}

func TestPingReportsAnUnreachableRegistry(t *testing.T) {
	repository, _ := countingRegistry(t)
	if err := repository.Ping(t.Context()); err != nil {
		t.Errorf("a running registry: %v", err)
	}
	server := httptest.NewServer(http.NotFoundHandler())
	address := strings.TrimPrefix(server.URL, "http://")
	server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if err := Repository(address + "/demo").Ping(ctx); err == nil || !strings.Contains(err.Error(), address) {
		t.Errorf("a stopped registry: %v, want an error with %s", err, address)
	}
}

func TestAnAppBuiltAheadIsNotCompiledAgain(t *testing.T) {
	root := checkout(t, "hello")
	var reported []string
	builder := NewBuilder(root, "registry.example.com/demo", true, func(format string, args ...any) {
		reported = append(reported, fmt.Sprintf(format, args...))
	})
	if err := builder.CacheApp(t.Context(), "hello"); err != nil {
		t.Fatal(err)
	}
	if len(reported) != 2 || reported[0] != "compiling apps/hello for "+runtime.GOARCH || !strings.HasPrefix(reported[1], "apps/hello is compiled (") {
		t.Errorf("the build reported %q, want its begin and its end", reported)
	}
	reported = nil
	if _, err := builder.App(t.Context(), "hello"); err != nil || len(reported) != 0 {
		t.Errorf("App reported %q, %v; want the image from the cache", reported, err)
	}
}
