package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// makeIn runs make with a copy of this project's Makefile in folder. Of this process' environment it sees PATH alone,
// and variables override that.
func makeIn(t *testing.T, folder string, variables []string, args ...string) (string, error) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(top, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "Makefile"), string(content))
	command := exec.CommandContext(t.Context(), "make", args...)
	command.Dir = folder
	command.Env = append([]string{"PATH=" + os.Getenv("PATH")}, variables...)
	out, err := command.CombinedOutput()
	return string(out), err
}

func TestMakeRefusesAPathThatHoldsASpace(t *testing.T) {
	parent := t.TempDir()
	half := filepath.Join(parent, "my", "data")
	write(t, half, "precious")
	out, err := makeIn(t, filepath.Join(parent, "my", "data of mine"), nil, "clean")
	if err == nil || !strings.Contains(out, "holds a space") {
		t.Errorf("make clean ends with %v and says %q, want a refusal that names the space", err, out)
	}
	if content, err := os.ReadFile(half); err != nil || string(content) != "precious" {
		t.Errorf("the file at the path up to the space holds %q, %v, want it untouched", content, err)
	}
}
