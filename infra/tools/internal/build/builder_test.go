package build

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/tools/internal/checkout"
	"example.com/kubernetes-networking/infra/tools/internal/fixture"
)

// newBuilder returns a builder for a checkout with one module, and the binary that is built from it.
func newBuilder(t *testing.T) (*Builder, binary) {
	t.Helper()
	report, _ := fixture.Report(t)
	b := New(checkout.Checkout{Root: t.TempDir()}, report)
	unlock, err := b.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(unlock)
	fixture.Write(t, filepath.Join(b.Root, "app", "go.mod"), "module example.com/app\n\ngo 1.26.0\n")
	fixture.Write(t, filepath.Join(b.Root, "app", "go.sum"), "")
	fixture.Write(t, filepath.Join(b.Root, "app", "main.go"), "package main\n\nfunc main() { println(\"one\") }\n")
	return b, binary{name: "app", folder: "app", pkg: ".", sources: []string{"app"}, links: []string{"other-name"}}
}

func output(t *testing.T, path string) string {
	t.Helper()
	out, err := exec.Command(path).CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func TestBuildMakesABinaryWithItsOtherNames(t *testing.T) {
	b, app := newBuilder(t)
	if err := b.build(t.Context(), app); err != nil {
		t.Fatal(err)
	}
	if got := output(t, b.Local("bin", "other-name")); got != "one" {
		t.Errorf("the link runs a program that prints %q, want one", got)
	}
}

func TestBuildLeavesAnUpToDateBinaryAlone(t *testing.T) {
	b, app := newBuilder(t)
	if err := b.build(t.Context(), app); err != nil {
		t.Fatal(err)
	}
	fixture.Write(t, b.Local("bin", "app"), "not touched")
	fixture.Write(t, filepath.Join(b.Root, "app", "main_test.go"), "package main\n")
	fixture.Write(t, filepath.Join(b.Root, "app", "nested", "go.mod"), "module example.com/nested\n")
	if err := b.build(t.Context(), app); err != nil {
		t.Fatal(err)
	}
	if content, _ := os.ReadFile(b.Local("bin", "app")); string(content) != "not touched" || b.report.Begun() != 1 {
		t.Errorf("the binary was built %d times, want once", b.report.Begun())
	}
}

func TestBuildFollowsEachOfItsInputs(t *testing.T) {
	b, app := newBuilder(t)
	first, err := b.stamp(t.Context(), app)
	if err != nil {
		t.Fatal(err)
	}
	changes := map[string]func(){
		"source":  func() { fixture.Write(t, filepath.Join(b.Root, "app", "main.go"), "package main\n\nfunc main() {}\n") },
		"go.sum":  func() { fixture.Write(t, filepath.Join(b.Root, "app", "go.sum"), "\n") },
		"flags":   func() { app.ldflags = "-s" },
		"GOFLAGS": func() { t.Setenv("GOFLAGS", "-tags=other") },
	}
	stamps := map[string]string{first: "nothing"}
	for name, change := range changes {
		change()
		stamp, err := b.stamp(t.Context(), app)
		if err != nil {
			t.Fatal(err)
		}
		if same, found := stamps[stamp]; found {
			t.Errorf("a change of %s gives the same stamp as a change of %s", name, same)
		}
		stamps[stamp] = name
	}
}

func TestBuildReportsCompileErrors(t *testing.T) {
	b, app := newBuilder(t)
	fixture.Write(t, filepath.Join(b.Root, "app", "main.go"), "package main\n\nfunc main() { missing() }\n")
	err := b.build(t.Context(), app)
	if err == nil || !strings.Contains(err.Error(), "undefined: missing") || !strings.Contains(err.Error(), "build-app.log") {
		t.Errorf("got %v, want the compiler's message and the log's name", err)
	}
	if _, err := os.Stat(b.stampFile(app)); err == nil {
		t.Error("a failed build left a stamp")
	}
}

func TestBuildUsesWhatIsInstalled(t *testing.T) {
	b, app := newBuilder(t)
	app.installed = func(*Builder) string { return "/bin/true" }
	if err := b.build(t.Context(), app); err != nil {
		t.Fatal(err)
	}
	if target, err := os.Readlink(b.Local("bin", "app")); err != nil || target != "/bin/true" {
		t.Errorf("the binary is a link to %q (%v), want /bin/true", target, err)
	}
}

func TestBuildReplacesALinkAndNotWhatItPointsTo(t *testing.T) {
	b, app := newBuilder(t)
	if err := b.build(t.Context(), app); err != nil { // which leaves a stamp
		t.Fatal(err)
	}
	users := filepath.Join(t.TempDir(), "app")
	fixture.Write(t, users, "the user's own")
	app.installed = func(*Builder) string { return users }
	if err := b.build(t.Context(), app); err != nil {
		t.Fatal(err)
	}
	app.installed = func(*Builder) string { return "" } // too old
	if err := b.build(t.Context(), app); err != nil {
		t.Fatal(err)
	}
	if content, err := os.ReadFile(users); err != nil || string(content) != "the user's own" {
		t.Errorf("the installed program holds %d bytes, %v, want it untouched", len(content), err)
	}
	if got := output(t, b.Local("bin", "app")); got != "one" {
		t.Errorf("the binary prints %q, want one", got)
	}
}

func TestPackagesThatAnEarlierBinaryHasAreNotCountedAgain(t *testing.T) {
	b := &Builder{seen: map[string]bool{}}
	if got := len(b.notSeen([]string{"fmt", "os"})); got != 2 {
		t.Errorf("the first binary has %d packages, want 2", got)
	}
	if got := b.notSeen([]string{"os", "net"}); len(got) != 1 || !got["net"] {
		t.Errorf("the second binary adds %v, want net alone", got)
	}
}
