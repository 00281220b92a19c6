package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// checkout makes a top folder with one module, and the binary that is built from it.
func checkout(t *testing.T) (*builder, binary) {
	t.Helper()
	b := &builder{root: t.TempDir(), report: quietReport(t), seen: map[string]bool{}}
	for _, folder := range []string{"bin", "build", "log"} {
		if err := os.MkdirAll(b.local(folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(b.root, "app", "go.mod"), "module example.com/app\n\ngo 1.26.0\n")
	write(t, filepath.Join(b.root, "app", "go.sum"), "")
	write(t, filepath.Join(b.root, "app", "main.go"), "package main\n\nfunc main() { println(\"one\") }\n")
	return b, binary{name: "app", folder: "app", pkg: ".", sources: []string{"app"}, links: []string{"other-name"}}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
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
	b, app := checkout(t)
	if err := b.build(t.Context(), app); err != nil {
		t.Fatal(err)
	}
	if got := output(t, b.local("bin", "other-name")); got != "one" {
		t.Errorf("the link runs a program that prints %q, want one", got)
	}
}

func TestBuildLeavesAnUpToDateBinaryAlone(t *testing.T) {
	b, app := checkout(t)
	if err := b.build(t.Context(), app); err != nil {
		t.Fatal(err)
	}
	write(t, b.local("bin", "app"), "not touched")
	write(t, filepath.Join(b.root, "app", "main_test.go"), "package main\n")
	write(t, filepath.Join(b.root, "app", "nested", "go.mod"), "module example.com/nested\n")
	if err := b.build(t.Context(), app); err != nil {
		t.Fatal(err)
	}
	if content, _ := os.ReadFile(b.local("bin", "app")); string(content) != "not touched" || b.report.begun != 1 {
		t.Errorf("the binary was built %d times, want once", b.report.begun)
	}
}

func TestBuildFollowsEachOfItsInputs(t *testing.T) {
	b, app := checkout(t)
	first, err := b.stamp(t.Context(), app)
	if err != nil {
		t.Fatal(err)
	}
	changes := map[string]func(){
		"source":  func() { write(t, filepath.Join(b.root, "app", "main.go"), "package main\n\nfunc main() {}\n") },
		"go.sum":  func() { write(t, filepath.Join(b.root, "app", "go.sum"), "\n") },
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

func TestBuildSaysWhatDoesNotCompile(t *testing.T) {
	b, app := checkout(t)
	write(t, filepath.Join(b.root, "app", "main.go"), "package main\n\nfunc main() { missing() }\n")
	err := b.build(t.Context(), app)
	if err == nil || !strings.Contains(err.Error(), "undefined: missing") || !strings.Contains(err.Error(), "build-app.log") {
		t.Errorf("got %v, want the compiler's message and the log's name", err)
	}
	if _, err := os.Stat(b.stampFile(app)); err == nil {
		t.Error("a failed build left a stamp")
	}
}

func TestBuildUsesWhatIsInstalled(t *testing.T) {
	b, app := checkout(t)
	app.installed = func(*builder) string { return "/bin/true" }
	if err := b.build(t.Context(), app); err != nil {
		t.Fatal(err)
	}
	if target, err := os.Readlink(b.local("bin", "app")); err != nil || target != "/bin/true" {
		t.Errorf("the binary is a link to %q (%v), want /bin/true", target, err)
	}
}

func TestBuildReplacesALinkAndNotWhatItPointsTo(t *testing.T) {
	b, app := checkout(t)
	if err := b.build(t.Context(), app); err != nil { // which leaves a stamp
		t.Fatal(err)
	}
	users := filepath.Join(t.TempDir(), "app")
	write(t, users, "the user's own")
	app.installed = func(*builder) string { return users }
	if err := b.build(t.Context(), app); err != nil {
		t.Fatal(err)
	}
	app.installed = func(*builder) string { return "" } // too old by now
	if err := b.build(t.Context(), app); err != nil {
		t.Fatal(err)
	}
	if content, err := os.ReadFile(users); err != nil || string(content) != "the user's own" {
		t.Errorf("the installed program holds %d bytes, %v, want it untouched", len(content), err)
	}
	if got := output(t, b.local("bin", "app")); got != "one" {
		t.Errorf("the binary prints %q, want one", got)
	}
}

func TestPackagesThatAnEarlierBinaryHasAreNotCountedAgain(t *testing.T) {
	b := &builder{seen: map[string]bool{}}
	if got := len(b.notSeen([]string{"fmt", "os"})); got != 2 {
		t.Errorf("the first binary has %d packages, want 2", got)
	}
	if got := b.notSeen([]string{"os", "net"}); len(got) != 1 || !got["net"] {
		t.Errorf("the second binary adds %v, want net alone", got)
	}
}
