package checkout

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"example.com/kubernetes-networking/infra/tools/internal/fixture"
)

func TestBaseHoldsTheCommitAndWhatIsBuilt(t *testing.T) {
	c := Checkout{Root: t.TempDir()}
	git := func(args ...string) {
		t.Helper()
		command := exec.CommandContext(t.Context(), "git", append([]string{"-C", c.Root, "-c", "user.name=me", "-c", "user.email=me@example.com"}, args...)...)
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("git %q: %v: %s", args, err, out)
		}
	}
	git("init", "--quiet")
	fixture.Write(t, filepath.Join(c.Root, "infra", "main.go"), "committed")
	if err := os.Symlink("infra", filepath.Join(c.Root, "link")); err != nil {
		t.Fatal(err)
	}
	git("add", "infra", "link")
	git("commit", "--quiet", "--message=one")
	fixture.Write(t, filepath.Join(c.Root, "infra", "main.go"), "edited")
	git("add", "infra")
	fixture.Write(t, c.Local("bin", "pulumi"), "built")
	fixture.Write(t, c.Local("cluster", "kubeconfig"), "config")
	unlock, err := c.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	for range 2 { // the second run replaces the first
		if err := c.Base(t.Context(), "HEAD"); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{
		"infra/main.go": "committed", "link/main.go": "committed", ".local/bin/pulumi": "built", ".local/cluster/kubeconfig": "config",
	} {
		if got := fixture.Read(t, c.Local("base", path)); got != want {
			t.Errorf("%s holds %q, want %q", path, got, want)
		}
	}
	if out, err := exec.CommandContext(t.Context(), "git", "-C", c.Root, "diff", "--cached", "--name-only").Output(); err != nil || string(out) != "infra/main.go\n" {
		t.Errorf("staged after it: %q, %v, want infra/main.go", out, err)
	}
}
