package main

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"example.com/kubernetes-networking/infra/tools/internal/fixture"
)

// workflow is the part of a file in .github/workflows that is checked here.
type workflow struct {
	Permissions *map[string]string `yaml:"permissions"`
	Concurrency *yaml.Node         `yaml:"concurrency"`
	Jobs        map[string]struct {
		Permissions    map[string]string `yaml:"permissions"`
		TimeoutMinutes int               `yaml:"timeout-minutes"`
		Env            map[string]string `yaml:"env"`
		Strategy       struct {
			Matrix map[string][]string `yaml:"matrix"`
		} `yaml:"strategy"`
		Steps []struct {
			Run string `yaml:"run"`
		} `yaml:"steps"`
	} `yaml:"jobs"`
}

// workflows returns the texts of .github/workflows by file name.
func workflows(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(top, ".github", "workflows", "*.yml"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no workflows found: %v", err)
	}
	texts := map[string]string{}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Base(path)] = string(content)
	}
	return texts
}

func TestWorkflowsPinEveryActionAndUseNoSecret(t *testing.T) {
	pinned := regexp.MustCompile(`uses: [a-z-]+/[a-z-]+@[0-9a-f]{40} # v[0-9]+\.[0-9]+\.[0-9]+$`)
	commits := map[string]string{} // by action
	for name, text := range workflows(t) {
		for line := range strings.Lines(text) {
			line = strings.TrimSpace(line)
			_, uses, found := strings.Cut(line, "uses: ")
			if !found {
				continue
			}
			if !pinned.MatchString(line) {
				t.Errorf("%s: %q, want the action's commit and its version in a comment", name, line)
			}
			action, commit, _ := strings.Cut(uses, "@")
			if other, known := commits[action]; known && other != commit {
				t.Errorf("%s is used as %q and as %q", action, other, commit)
			}
			commits[action] = commit
		}
		if strings.Contains(text, "secrets.") {
			t.Errorf("%s uses a secret, which a pull request from a fork does not have", name)
		}
	}
}

func TestWorkflowsAreBoundedAndRequestFewPermissions(t *testing.T) {
	writes := []string{"preview-comment.yml comment pull-requests", "preview.yml preview pull-requests"} // the comments
	var found []string
	for name, text := range workflows(t) {
		var w workflow
		if err := yaml.Unmarshal([]byte(text), &w); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if w.Permissions == nil || w.Concurrency == nil {
			t.Errorf("%s leaves permissions or concurrency to GitHub's defaults", name)
		} else if contents := (*w.Permissions)["contents"]; contents != "" && contents != "read" {
			t.Errorf("%s requests contents: %s for all of its jobs", name, contents)
		}
		for job, content := range w.Jobs {
			if content.TimeoutMinutes == 0 {
				t.Errorf("the job %s of %s may run for GitHub's six hours", job, name)
			}
			for scope, access := range content.Permissions {
				if access == "write" {
					found = append(found, strings.Join([]string{name, job, scope}, " "))
				}
			}
		}
	}
	if slices.Sort(found); !slices.Equal(found, writes) {
		t.Errorf("the jobs with write permissions are %q, want %q", found, writes)
	}
}

// TestWorkflowsRunMakeTargets checks that the make targets of the workflows exist, also those of a matrix.
func TestWorkflowsRunMakeTargets(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join(top, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	var targets, used []string
	for _, match := range regexp.MustCompile(`(?m)^([a-z0-9-]+):.* ## `).FindAllStringSubmatch(string(makefile), -1) {
		targets = append(targets, match[1])
	}
	makes := regexp.MustCompile(`\bmake ([A-Za-z0-9-]+)`)
	for name, text := range workflows(t) {
		var w workflow
		if err := yaml.Unmarshal([]byte(text), &w); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, job := range w.Jobs {
			for _, step := range job.Steps {
				for _, match := range makes.FindAllStringSubmatch(strings.ReplaceAll(step.Run, "${{ matrix.target }}", "MATRIX"), -1) {
					if match[1] == "MATRIX" {
						for _, target := range job.Strategy.Matrix["target"] {
							name, _, _ := strings.Cut(target, " ") // the rest sets variables
							used = append(used, name)
						}
					} else {
						used = append(used, match[1])
					}
				}
			}
		}
	}
	for _, target := range []string{"lint", "test", "e2e-cluster", "e2e", "preview", "manifests-diff"} {
		if !slices.Contains(used, target) {
			t.Errorf("no workflow runs make %s; they run %q", target, used)
		}
	}
	for _, target := range used {
		if !slices.Contains(targets, target) {
			t.Errorf("a workflow runs make %s, which the Makefile does not have", target)
		}
	}
}

// The preview runs the versions that make would build.
func TestThePreviewInstallsThePinnedVersions(t *testing.T) {
	text := workflows(t)["preview.yml"]
	for _, c := range []struct{ folder, module, pattern string }{
		{"infra/tools/pulumi", "github.com/pulumi/pulumi/pkg/v3", `pulumi-version: (\S+)`},
		{"infra", "github.com/pulumi/pulumi-kubernetes/sdk/v4", `pulumi plugin install resource kubernetes (\S+)`},
	} {
		module := fixture.Read(t, filepath.Join(top, c.folder, "go.mod"))
		required := regexp.MustCompile(regexp.QuoteMeta(c.module) + ` v(\S+)`).FindStringSubmatch(module)
		installed := regexp.MustCompile(c.pattern).FindAllStringSubmatch(text, -1)
		if required == nil || installed == nil {
			t.Fatalf("%s: required %q, installed %q", c.module, required, installed)
		}
		for _, match := range installed {
			if match[1] != required[1] {
				t.Errorf("preview.yml installs %s, and %s requires %s %s", match[1], c.folder, c.module, required[1])
			}
		}
	}
}

func TestDependabotUpdatesEveryModuleAndPackage(t *testing.T) {
	var config struct {
		Updates []struct {
			Ecosystem   string   `yaml:"package-ecosystem"`
			Directory   string   `yaml:"directory"`
			Directories []string `yaml:"directories"`
		} `yaml:"updates"`
	}
	if err := yaml.Unmarshal([]byte(fixture.Read(t, filepath.Join(top, ".github", "dependabot.yml"))), &config); err != nil {
		t.Fatal(err)
	}
	updated := map[string][]string{}
	for _, update := range config.Updates {
		folders := update.Directories
		if update.Directory != "" {
			folders = append(folders, update.Directory)
		}
		updated[update.Ecosystem] = append(updated[update.Ecosystem], folders...)
	}
	inTree := map[string][]string{"github-actions": {"/"}}
	for _, file := range strings.Fields(git(t, top, "ls-files", "*go.mod", "*package.json")) {
		ecosystem := map[string]string{"go.mod": "gomod", "package.json": "npm"}[path.Base(file)]
		inTree[ecosystem] = append(inTree[ecosystem], "/"+path.Dir(file))
	}
	for ecosystem, want := range inTree {
		got := updated[ecosystem]
		slices.Sort(got)
		if slices.Sort(want); !slices.Equal(got, want) {
			t.Errorf("dependabot.yml updates the %s folders %q, want %q", ecosystem, got, want)
		}
	}
}
