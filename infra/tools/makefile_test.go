package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"example.com/kubernetes-networking/infra/tools/internal/fixture"
)

// top is the top folder of this checkout.
const top = "../.."

// makeIn runs the command of makeCommandIn, and returns its output.
func makeIn(t *testing.T, folder string, variables []string, args ...string) (string, error) {
	t.Helper()
	out, err := makeCommandIn(t, folder, variables, args...).CombinedOutput()
	return string(out), err
}

// makeCommandIn returns a make command with a copy of this project's Makefile in folder, where infra is a link to this
// checkout's. Of the environment of this process it gets only PATH and Go's caches, in addition to variables.
func makeCommandIn(t *testing.T, folder string, variables []string, args ...string) *exec.Cmd {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(top, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	fixture.Write(t, filepath.Join(folder, "Makefile"), string(content))
	infra, err := filepath.Abs(filepath.Join(top, "infra"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(infra, filepath.Join(folder, "infra")); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "make", args...)
	command.Dir = folder
	command.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, append(goCaches(t), variables...)...)
	return command
}

// goCaches returns the variables for the Go caches that this process uses.
var goCaches = func() func(t *testing.T) []string {
	find := sync.OnceValues(func() ([]byte, error) { return exec.Command("go", "env", "GOCACHE", "GOMODCACHE").Output() })
	return func(t *testing.T) []string {
		t.Helper()
		out, err := find()
		if err != nil {
			t.Fatal(err)
		}
		folders := strings.Split(strings.TrimSpace(string(out)), "\n")
		return []string{"GOCACHE=" + folders[0], "GOMODCACHE=" + folders[1]}
	}
}()

// script writes an executable shell script to folder, and returns its path.
func script(t *testing.T, folder, name, script string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	fixture.Program(t, path, "#!/bin/sh\n"+script+"\n")
	return path
}

func TestMakeRefusesAPathThatHoldsASpace(t *testing.T) {
	parent := t.TempDir()
	half := filepath.Join(parent, "my", "data")
	fixture.Write(t, half, "precious")
	out, err := makeIn(t, filepath.Join(parent, "my", "data of mine"), nil, "clean")
	if err == nil || !strings.Contains(out, "holds a space") {
		t.Errorf("make clean ends with %v and prints %q, want a refusal that names the space", err, out)
	}
	if content, err := os.ReadFile(half); err != nil || string(content) != "precious" {
		t.Errorf("the file at the path up to the space holds %q, %v, want it untouched", content, err)
	}
}

func TestMakeFailsForAnUnknownTarget(t *testing.T) {
	out, err := makeIn(t, t.TempDir(), nil, "tset")
	if err == nil || !strings.Contains(out, "No rule to make target") {
		t.Errorf("make tset ends with %v and prints %q, want that there is no rule", err, out)
	}
}

func TestEachRuleOfTheMakefileIsPhony(t *testing.T) {
	makefile := strings.ReplaceAll(fixture.Read(t, filepath.Join(top, "Makefile")), "\\\n", "")
	var rules []string
	for _, rule := range regexp.MustCompile(`(?m)^([a-z0-9-]+):([^=]|$)`).FindAllStringSubmatch(makefile, -1) {
		rules = append(rules, rule[1])
	}
	slices.Sort(rules)
	_, list, _ := strings.Cut(makefile, "\n.PHONY:")
	list, _, _ = strings.Cut(list, "\n")
	if phony := strings.Fields(list); !slices.Equal(phony, rules) {
		t.Errorf(".PHONY lists\n%q, want the rules\n%q", phony, rules)
	}
}

// TestEachTopicOfTheClusterIsTested: `make e2e-cluster` names its packages, because four of them take too long for it.
func TestEachTopicOfTheClusterIsTested(t *testing.T) {
	named := regexp.MustCompile(`set -- \$\$\{ONLY:-([a-z ]+)\}`).FindStringSubmatch(fixture.Read(t, filepath.Join(top, "Makefile")))
	if named == nil {
		t.Fatal("the Makefile names no topics")
	}
	topics := append(strings.Fields(named[1]), "debian13", "faults", "nodes", "policies")
	slices.Sort(topics)
	folders, err := os.ReadDir(filepath.Join(top, "infra/cluster/e2e"))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, folder := range folders {
		found = append(found, folder.Name())
	}
	if !slices.Equal(topics, found) {
		t.Errorf("make e2e-cluster and ONLY=\"nodes faults policies debian13\" test %q, and infra/cluster/e2e holds %q", topics, found)
	}
}

func TestAnEmptyVariableOfTheEnvironmentDoesNotSwitchTheLab(t *testing.T) {
	for _, c := range []struct {
		variables, args []string
		want            string // what make runs after "lab"
	}{
		{nil, nil, ""},
		{[]string{"ON=", "OFF="}, nil, ""},
		{[]string{"ON=a$(b"}, nil, `"ON=$ON"`},
		{[]string{"ON=deny-dns"}, nil, `"ON=$ON"`},
		{nil, []string{"ON="}, `"ON=$ON"`},
		{[]string{"ON="}, []string{"OFF=1"}, `"OFF=$OFF"`},
	} {
		out, err := makeIn(t, t.TempDir(), c.variables, append([]string{"--dry-run", "lab"}, c.args...)...)
		_, got, _ := strings.Cut(out, " lab")
		if got = strings.TrimSpace(got); err != nil || got != c.want {
			t.Errorf("make lab %q with %q in the environment runs tools lab %s (%v), want %s", c.args, c.variables, got, err, c.want)
		}
	}
}

func TestMakeReportsThatGoIsMissing(t *testing.T) {
	programs := t.TempDir() // a PATH of what make itself uses
	for _, name := range []string{
		"make", "bash", "sh", "awk", "chmod", "cut", "id", "ls", "mktemp", "rm", "sed", "tr", "uname", "wc",
	} {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(programs, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, target := range []string{"tools", "test", "lint"} {
		out, err := makeIn(t, t.TempDir(), []string{"PATH=" + programs}, target)
		if err == nil || !strings.Contains(out, `go is not in PATH`) || !strings.Contains(out, `sudo env "PATH=$PATH" make`) || strings.Contains(out, "Error 127") {
			t.Errorf("make %s ends with %v and prints %q, want that go is not in PATH", target, err, out)
		}
	}
}
