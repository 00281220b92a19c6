package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"example.com/kubernetes-networking/infra/tools/internal/fixture"
)

// github stands for GitHub's CLI: it finds the pull request 7, and records its write requests.
const github = `#!/bin/bash
set -eu
case "$1 $2" in
"run download")
	[ "$6" = --dir ]; mkdir "$7"; cp "$FAKE/manifests.diff" "$7/"; echo not ours > "$7/comment.md" ;;
"pr list") echo 7 ;;
"api --paginate") jq --raw-output "${@: -1}" "$FAKE/comments.json" ;;
"api --silent") echo "$4 $5" >> "$FAKE/written"; cp "${7#body=@}" "$FAKE/body" ;;
esac
`

const (
	otherWorkflow = `{"id":1,"user":{"login":"github-actions[bot]"},"body":"### Coverage"}`
	aPerson       = `{"id":2,"user":{"login":"somebody"},"body":"<!-- manifests-diff -->\nmine"}`
	ours          = `{"id":3,"user":{"login":"github-actions[bot]"},"body":"<!-- manifests-diff -->\n### Changed manifests"}`
)

// TestCommentIsTheWorkflowsOwn runs the steps of preview-comment.yml as GitHub's runner does.
func TestCommentIsTheWorkflowsOwn(t *testing.T) {
	if _, err := exec.LookPath("jq"); err != nil {
		t.Skip("needs jq, which stands for gh's own")
	}
	for _, c := range []struct{ name, comments, diff, written, body string }{
		{"the first of a pull request", "[" + otherWorkflow + "," + aPerson + "]", "+kind: Pod\n", "POST repos/o/r/issues/7/comments\n", "```diff\n+kind: Pod\n"},
		{"a later one", "[" + ours + "," + otherWorkflow + "," + aPerson + "]", "", "PATCH repos/o/r/issues/comments/3\n", "\nNone.\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			fake, work := t.TempDir(), t.TempDir()
			fixture.Program(t, filepath.Join(fake, "gh"), github)
			fixture.Write(t, filepath.Join(fake, "comments.json"), c.comments)
			fixture.Write(t, filepath.Join(fake, "manifests.diff"), c.diff)
			runSteps(t, work, fake)
			if written, err := os.ReadFile(filepath.Join(fake, "written")); err != nil || string(written) != c.written {
				t.Errorf("it requests %q of GitHub (%v), want %q", written, err, c.written)
			}
			body, err := os.ReadFile(filepath.Join(fake, "body"))
			if err != nil || !strings.HasPrefix(string(body), "<!-- manifests-diff -->\n") || !strings.Contains(string(body), c.body) {
				t.Errorf("the comment is\n%s(%v), want the marker and %q", body, err, c.body)
			}
			if left, err := os.ReadDir(work); err != nil || len(left) > 0 {
				t.Errorf("the working directory holds %v (%v), want nothing of the pull request", left, err)
			}
		})
	}
}

func runSteps(t *testing.T, work, fake string) {
	t.Helper()
	var w workflow
	if err := yaml.Unmarshal([]byte(workflows(t)["preview-comment.yml"]), &w); err != nil {
		t.Fatal(err)
	}
	job := w.Jobs["comment"]
	environment := []string{"PATH=" + fake + ":" + os.Getenv("PATH"), "RUNNER_TEMP=" + t.TempDir(), "FAKE=" + fake}
	for name, value := range job.Env {
		environment = append(environment, name+"="+value)
	}
	environment = append(environment, "GH_REPO=o/r") // the last value of a name counts
	for _, step := range job.Steps {
		command := exec.CommandContext(t.Context(), "bash", "-eo", "pipefail", "-c", step.Run)
		command.Dir, command.Env = work, environment
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", step.Run, err, out)
		}
	}
}
