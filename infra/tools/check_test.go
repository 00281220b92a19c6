package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"example.com/kubernetes-networking/infra/tools/internal/fixture"
)

// check runs check.sh in folder with these variables, and returns its refusal.
func check(t *testing.T, folder string, variables []string, arguments ...string) string {
	t.Helper()
	path, err := filepath.Abs("check.sh")
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "sh", append([]string{path}, arguments...)...)
	command.Dir = folder
	command.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, variables...)
	out, err := command.CombinedOutput()
	if err != nil {
		t.Errorf("check.sh %q: %v: %s", arguments, err, out)
	}
	if strings.Count(string(out), "\n") > 1 {
		t.Errorf("check.sh %q prints more than one line: %s", arguments, out)
	}
	return string(out)
}

func TestAPathThatSomeToolMisreadsIsRefusedByItsCharacter(t *testing.T) {
	for name, want := range map[string]string{
		"k#n": "the character #", "a%20b": "the character %", "a?b": "the character ?", "a*b": "the character *", "a:b": "the character :",
		"a$b": "the character $", `a"b`: `the character "`, "a'b": "the character '", `a\b`: `the character \`, "a&b": "the character &",
		"a;b": "the character ;", "a(b": "the character (", "a`b": "the character `", "a=b": "the character =", "a,b": "the character ,",
		"a|b": "the character |", "a<b": "the character <", "a[b": "the character [", "a{b": "the character {", "a!b": "the character !",
		"a^b": "the character ^", "a b": "a space", "a\tb": "a tab", "a\nb": "a newline", "a\n": "a newline", "a\x01b": "a control character",
		"plain": "", "-lead": "", "a@b.example": "", "a+b~c_d.e-f": "", "josé": "", "日本": "",
	} {
		folder := filepath.Join(t.TempDir(), name)
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		got := check(t, folder, nil, "dev", "", "outputs")
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("in a folder named %q: %q, want %q", name, got, want)
		}
	}
}

func TestTheFolderThatALinkLeadsToCounts(t *testing.T) {
	parent := t.TempDir()
	for target, refused := range map[string]bool{"a#b": true, "plain": false} {
		link := filepath.Join(parent, "link-to-"+strings.ReplaceAll(target, "#", "-"))
		if err := os.Mkdir(filepath.Join(parent, target), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
		if got := check(t, link, []string{"PWD=" + link}, "dev", "", "outputs"); (got != "") != refused {
			t.Errorf("in a link to %s: %q, want a refusal: %t", target, got, refused)
		}
	}
}

func TestANameThatNoStackCanHaveIsRefused(t *testing.T) {
	for stack, refused := range map[string]bool{
		"dev": false, "mine": false, "my_stack-2.x": false, "org/project/mine": false,
		"": true, ".": true, "..": true, "a/../b": true, "a//b": true, "/a": true, "-x": true, "a b": true, "a;b": true, "a'b": true, "$(x)": true, "é": true,
	} {
		if got := check(t, t.TempDir(), nil, stack, "", "outputs"); strings.Contains(got, "is not the name of a stack") != refused {
			t.Errorf("STACK=%s: %q, want a refusal: %t", stack, got, refused)
		}
	}
}

func TestFoldersOfTheEnvironmentThatCannotBeUsedAreNamedByTheirVariable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	fixture.Write(t, file, "")
	for _, variable := range []string{
		"HOME=", "HOME=relative", "TMPDIR=/no/such/folder", "TMPDIR=" + file, "TMPDIR=relative", "TMPDIR=/proc", "GOTMPDIR=/no/such/folder",
	} {
		name, _, _ := strings.Cut(variable, "=")
		if got := check(t, t.TempDir(), []string{variable}, "dev", "", "test"); !strings.HasPrefix(got, name) {
			t.Errorf("with %s: %q, want a line that begins with %s", variable, got, name)
		}
	}
}

func TestATemporaryFolderWhereProgramsCannotRunIsRefused(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("mounting a folder noexec needs root")
	}
	folder := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", "noexec", "tmpfs", folder).CombinedOutput(); err != nil {
		t.Skipf("this machine cannot mount a tmpfs: %v: %s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", folder).Run() })
	if got := check(t, t.TempDir(), []string{"TMPDIR=" + folder}, "dev", "", "test"); !strings.HasPrefix(got, "TMPDIR") || !strings.Contains(got, "noexec") {
		t.Errorf("got %q, want a line that names TMPDIR and noexec", got)
	}
}

// pretend returns a PATH whose first folder holds these programs. Each prints its text.
func pretend(t *testing.T, prints map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range prints {
		script(t, folder, name, "echo '"+text+"'")
	}
	return "PATH=" + folder + ":" + os.Getenv("PATH")
}

func TestWhatKeepsTheEmbeddedClusterFromRunningIsRefusedFirst(t *testing.T) {
	for _, c := range []struct {
		machine     map[string]string
		stack, goal string
		want        string
	}{
		{map[string]string{"uname": "Linux"}, "dev", "up", "this machine is Linux"}, // uname -m prints it, too
		{map[string]string{"uname": "Darwin"}, "dev", "up", "kind create cluster"},
		{map[string]string{"uname": "Darwin"}, "dev", "e2e-cluster", "needs Linux"},
		{map[string]string{"uname": "Darwin"}, "mine", "e2e", "needs Linux"},
		{map[string]string{"uname": "Darwin"}, "dev", "test", ""},
		{map[string]string{"id": "1000"}, "dev", "up", "needs root"},
		{map[string]string{"id": "1000"}, "dev", "tools", "needs root"},
		{map[string]string{"id": "1000"}, "dev", "cluster", `sudo env "PATH=$PATH" make cluster`},
		{map[string]string{"id": "1000"}, "dev", "conformance", "needs root"},
		{map[string]string{"id": "1000"}, "dev", "bench-up", "needs root"},
		{map[string]string{"id": "1000"}, "dev", "bench-cluster", "needs root"},
		{map[string]string{"id": "1000"}, "dev", "preview", ""},
		{map[string]string{"id": "1000"}, "dev", "test", ""},
		{map[string]string{"id": "1000"}, "mine", "tools", ""},
		{map[string]string{"id": "0"}, "dev", "up", ""},
	} {
		got := check(t, t.TempDir(), []string{pretend(t, c.machine)}, c.stack, "", c.goal)
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("make %s STACK=%s on a machine with %v: %q, want %q", c.goal, c.stack, c.machine, got, c.want)
		}
	}
}

func TestAnUnknownPartOfTheTestsIsRefused(t *testing.T) {
	folder := t.TempDir()
	for _, topic := range []string{"nodes", "faults"} {
		fixture.Write(t, filepath.Join(folder, "infra/cluster/e2e", topic, "main_test.go"), "")
	}
	for _, c := range []struct{ goal, only, want string }{
		{"e2e", "", ""},
		{"e2e", "updates", ""},
		{"e2e", "lab", "ONLY=lab is not a part of make e2e: the parts are demo, browser, updates and labs"},
		{"e2e", "a\nb", "ONLY=a?b is not"},
		{"e2e-cluster", "nodes faults", ""},
		{"e2e-cluster", "nodes fault", "ONLY=fault is not a part of make e2e-cluster: the parts are faults nodes"},
		{"e2e-cluster", "../e2e", "ONLY=../e2e is not"},
		{"test", "lab", ""},
	} {
		got := check(t, folder, []string{"ONLY=" + c.only}, "dev", "", c.goal)
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("make %s ONLY=%q: %q, want %q", c.goal, c.only, got, c.want)
		}
	}
}

func TestAStackWithoutAConfigurationIsRefusedBeforeAnythingIsBuilt(t *testing.T) {
	folder := t.TempDir()
	fixture.Write(t, filepath.Join(folder, "Pulumi.mine.yaml"), "")
	for _, goal := range []string{"up", "deploy", "preview", "manifests", "manifests-diff", "destroy"} {
		if got := check(t, folder, nil, "nosuch", "", goal); !strings.Contains(got, "Pulumi.nosuch.yaml") || !strings.Contains(got, "pulumi stack init nosuch") {
			t.Errorf("make %s STACK=nosuch: %q, want that the stack is missing, and how to create it", goal, got)
		}
	}
	for _, goal := range []string{"tools", "env", "shell"} { // which the user needs to create the stack
		if got := check(t, folder, nil, "nosuch", "", goal); got != "" {
			t.Errorf("make %s STACK=nosuch: %q, want no refusal", goal, got)
		}
	}
	for _, stack := range []string{"mine", "org/project/mine"} {
		if got := check(t, folder, nil, stack, "", "preview"); got != "" {
			t.Errorf("make preview STACK=%s: %q, want no refusal", stack, got)
		}
	}
}

func TestManifestsDiffNamesABaseThatIsMissing(t *testing.T) {
	if got := check(t, t.TempDir(), nil, "dev", "", "manifests-diff"); !strings.Contains(got, "not a git checkout") {
		t.Errorf("without .git: %q, want that it is not a git checkout", got)
	}
	folder := t.TempDir()
	for _, words := range [][]string{
		{"init", "--quiet", "--initial-branch=main"},
		{"-c", "user.name=me", "-c", "user.email=me@example.com", "commit", "--quiet", "--allow-empty", "--message=one"},
	} {
		command := exec.CommandContext(t.Context(), "git", words...)
		command.Dir = folder
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("git %q: %v: %s", words, err, out)
		}
	}
	for base, want := range map[string]string{"": "", "main": "", "HEAD": "", "nosuch": "BASE=nosuch", "--output=x": "BASE=--output=x", "a'b": "BASE=a'b"} {
		got := check(t, folder, []string{"GIT_DIR=/no/such"}, "dev", base, "manifests-diff")
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("BASE=%s: %q, want %q", base, got, want)
		}
	}
}

func TestWhatRootHasMadeIsNamedForOthers(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to be somebody else")
	}
	for name, closed := range map[string]string{"all of it": ".local", "one folder": ".local/cluster", "the lock": ".local/build/lock"} {
		folder := t.TempDir()
		for _, path := range []string{folder, filepath.Dir(folder)} { // t.TempDir lets only its owner enter
			if err := os.Chmod(path, 0o777); err != nil {
				t.Fatal(err)
			}
		}
		fixture.Write(t, filepath.Join(folder, "check.sh"), fixture.Read(t, "check.sh"))
		for _, path := range []string{".local", ".local/build", ".local/cluster"} {
			if err := os.MkdirAll(filepath.Join(folder, path), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		fixture.Write(t, filepath.Join(folder, ".local/build/lock"), "")
		for _, path := range []string{".local", ".local/build", ".local/cluster", ".local/build/lock"} {
			if path != closed {
				if err := os.Chmod(filepath.Join(folder, path), 0o777); err != nil {
					t.Fatal(err)
				}
			}
		}
		command := exec.CommandContext(t.Context(), "sh", "check.sh", "dev", "", "outputs")
		command.Dir = folder
		command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=/nonexistent"}
		command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		out, err := command.CombinedOutput()
		for _, want := range []string{filepath.Join(folder, closed) + " belongs to root", `sudo env "PATH=$PATH" make outputs`} {
			if err != nil || !strings.Contains(string(out), want) {
				t.Errorf("%s is root's: %v, %s, want %q", name, err, out, want)
			}
		}
	}
}
