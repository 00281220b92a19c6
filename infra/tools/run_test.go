package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/tools/internal/fixture"
)

// runIn runs run.sh in a checkout whose program prints "built". The environment holds only these variables, PATH, HOME
// and Go's caches.
func runIn(t *testing.T, variables ...string) (string, error) {
	t.Helper()
	path, err := filepath.Abs("run.sh")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	fixture.Write(t, filepath.Join(folder, "infra/tools/go.mod"), "module tools\n\ngo 1.26.0\n")
	fixture.Write(t, filepath.Join(folder, "infra/tools/main.go"), "package main\n\nfunc main() { println(\"built\") }\n")
	command := exec.CommandContext(t.Context(), "sh", path)
	command.Dir = folder
	command.Env = append(append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "CGO_ENABLED=0"}, goCaches(t)...), variables...)
	out, err := command.CombinedOutput()
	return string(out), err
}

func TestAVariableOfGoThatDoesNotWorkIsNamedWithItsValueAndTheRemedy(t *testing.T) {
	for variable, remedy := range map[string]string{
		"GOTOOLCHAIN=go1.20": "GOTOOLCHAIN=local", "GOTOOLCHAIN=nonsense": "GOTOOLCHAIN=local", "GOTOOLCHAIN=go1.20+path": "GOTOOLCHAIN=local",
		"GOCACHE=off": "GOCACHE=/path", "GOCACHE=relative": "GOCACHE=/path", "GOCACHE=/proc": "GOCACHE=/path", "GOCACHE=/dev/null": "GOCACHE=/path",
		"GOMODCACHE=/proc": "GOMODCACHE=/path", "GOMODCACHE=relative": "GOMODCACHE", "GOPATH=relative": "unset GOPATH", "GOROOT=/nowhere": "unset GOROOT",
		"GOFLAGS=-nope": "unset GOFLAGS", "GOFLAGS=nonsense": "unset GOFLAGS", "GOFLAGS=-p=many": "unset GOFLAGS", "GOFLAGS=-mod=nope": "unset GOFLAGS",
		"GOPROXY=nonsense": "unset GOPROXY", "GOPROXY=direct,nonsense": "unset GOPROXY", "GOPROXY=ftp://proxy.test": "unset GOPROXY", "GOPROXY=/proxy": "unset GOPROXY",
	} {
		got, err := runIn(t, variable)
		if err == nil || strings.Count(got, "\n") != 1 || !strings.HasPrefix(got, variable+" ") || !strings.Contains(got, remedy) {
			t.Errorf("with %s: %v, %q, want one line that begins with it and holds %q", variable, err, got, remedy)
		}
	}
}

func TestTheVariableMayStandInGosOwnSettings(t *testing.T) {
	settings := filepath.Join(t.TempDir(), "env")
	fixture.Write(t, settings, "GOTOOLCHAIN=go1.20\n")
	if got, err := runIn(t, "GOENV="+settings); err == nil || !strings.HasPrefix(got, "GOTOOLCHAIN=go1.20 ") {
		t.Errorf("with GOTOOLCHAIN=go1.20 in %s: %v, %q, want a line that begins with it", settings, err, got)
	}
}

func TestAPasswordInGOPROXYIsNotShown(t *testing.T) {
	got, err := runIn(t, "GOPROXY=ftp://ada:s3cret@proxy.test")
	if err == nil || strings.Contains(got, "s3cret") || !strings.Contains(got, "proxy.test") {
		t.Errorf("got %v, %q, want a refusal with the host and without the password", err, got)
	}
}

func TestVariablesOfGoThatWorkAreAccepted(t *testing.T) {
	for _, variable := range []string{
		"GOTOOLCHAIN=", "GOTOOLCHAIN=local", "GOTOOLCHAIN=auto", "GOTOOLCHAIN=path", "GOFLAGS=-p=2", "GOPROXY=", "GOPROXY=off", "GOPROXY=http://127.0.0.1:3000,direct",
		"GOPROXY=https://ada:s3cret@proxy.test|direct", "GOPROXY=proxy.test", "GOPROXY=127.0.0.1:3000", "GOPROXY=file:///proxy",
	} {
		if got, err := runIn(t, variable); err != nil || got != "built\n" {
			t.Errorf("with %s: %v, %q, want the tool to be built and run", variable, err, got)
		}
	}
}

func TestAnOldGoIsNamedWithWhatWouldBringALaterOne(t *testing.T) {
	folder := t.TempDir()
	script(t, folder, "go", `[ "$2" != GOENV ] || exit 0; echo 'go: go.mod requires go >= 1.26.0 (running go 1.25.1; GOTOOLCHAIN=local)' >&2; exit 1`)
	got, err := runIn(t, "PATH="+folder+":"+os.Getenv("PATH"), "GOTOOLCHAIN=local")
	if err == nil || !strings.HasPrefix(got, "GOTOOLCHAIN=local ") || !strings.Contains(got, "GOTOOLCHAIN=auto") || !strings.Contains(got, folder) {
		t.Errorf("got %v, %q, want GOTOOLCHAIN, the old Go and the remedy", err, got)
	}
	script(t, folder, "go", `printf '%s\n' go1.20 linux linux amd64 amd64 /a /b direct`)
	got, err = runIn(t, "PATH="+folder+":"+os.Getenv("PATH"))
	if err == nil || !strings.HasPrefix(got, "Go 1.26.8 is needed") || !strings.Contains(got, folder+"/go is go1.20") {
		t.Errorf("got %v, %q, want the old Go", err, got)
	}
}

func TestTheFirstBuildReportsItsProgressAndItsErrors(t *testing.T) {
	folder := t.TempDir()
	go_, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	// A clock that ticks 3 s each time, and a build of a few packages.
	script(t, folder, "date", `echo 3 >> "$0.ticks"; echo $(($(wc -l < "$0.ticks") * 3))`)
	script(t, folder, "go", `[ "$1" = build ] || exec `+go_+` "$@"
		echo 'go: downloading example.com/x v1.0.0'; printf '%s\n' a.test/one a.test/two a.test/three a.test/four; echo '# a.test/four'; echo 'four.go:1:2: broken'; exit 1`)
	got, err := runIn(t, "PATH="+folder+":"+os.Getenv("PATH"))
	const want = "go: downloading example.com/x v1.0.0\n" +
		"infra/tools: 2 packages, now a.test/two\n" +
		"infra/tools: 4 packages, now a.test/four\n" +
		"# a.test/four\nfour.go:1:2: broken\n"
	if err == nil || got != want {
		t.Errorf("got %v and\n%s\nwant a failure and\n%s", err, got, want)
	}
}
