// Package build puts the programs and images that the project uses into .local: it links to programs that the user has
// installed, builds the others from source, and leaves alone those that are up to date. demo.go lists what each
// make target needs, plan.go lists every program.
package build

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"example.com/kubernetes-networking/infra/tools/internal/checkout"
	"example.com/kubernetes-networking/infra/tools/internal/host"
	"example.com/kubernetes-networking/infra/tools/internal/progress"
	"example.com/kubernetes-networking/infra/tools/internal/provider"
)

// Builder builds programs for one checkout.
type Builder struct {
	checkout.Checkout
	report *progress.Report

	// seen holds the packages that this run has compiled. Later binaries share them.
	mutex sync.Mutex
	seen  map[string]bool
}

// New returns a builder that reports its progress.
func New(c checkout.Checkout, report *progress.Report) *Builder {
	return &Builder{Checkout: c, report: report, seen: map[string]bool{}}
}

func (b *Builder) buildAll(ctx context.Context, targets []binary) error {
	for _, target := range targets {
		build := b.build
		if target.optional != nil {
			build = b.buildOptional
		}
		if err := build(ctx, target); err != nil {
			return err
		}
	}
	return nil
}

// buildOptional builds a binary that the demo works without. It reports a failure and returns nil.
func (b *Builder) buildOptional(ctx context.Context, target binary) error {
	err := host.Install(ctx, b.Checkout, b.report, target.optional)
	if err == nil {
		err = b.build(ctx, target)
	}
	if err != nil && ctx.Err() == nil {
		b.report.Printf("going on without %s: %v", target.name, err)
		return nil
	}
	return err
}

// build links or builds one binary, unless it is up to date.
func (b *Builder) build(ctx context.Context, target binary) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if target.installed != nil {
		if path := target.installed(b); path != "" {
			return b.useInstalled(target, path)
		}
	}
	stamp, err := b.stamp(ctx, target)
	if err != nil {
		return err
	}
	if b.upToDate(target, stamp) {
		return b.link(target)
	}
	task := b.report.Begin(target.name, b.Local("log", "build-"+target.name+".log"))
	err = b.compile(ctx, target, task)
	if err == nil {
		err = b.link(target)
	}
	if err == nil && len(target.use) > 0 {
		err = task.Run(ctx, b.Root, task.Show, append([]string{b.program(target)}, target.use...)...)
	}
	if err == nil {
		err = b.record(target, stamp)
	}
	return task.End(err)
}

// program returns the path of the binary.
func (b *Builder) program(target binary) string {
	return b.Local(cmp.Or(target.output, "bin"), target.name)
}

// useInstalled makes the binary a link to an installed program.
func (b *Builder) useInstalled(target binary, path string) error {
	changed, err := symlink(path, b.program(target))
	if err != nil {
		return err
	}
	if changed {
		b.report.Printf("%s: using %s", target.name, path)
	}
	return b.link(target)
}

// symlink makes path a link to the file. It reports whether that changed anything.
func symlink(file, path string) (changed bool, err error) {
	if current, err := os.Readlink(path); err == nil && current == file {
		return false, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return false, err
	}
	if err := os.RemoveAll(path); err != nil {
		return false, err
	}
	return true, os.Symlink(file, path)
}

// compile runs go build. With -v it prints each package when it begins to compile it, which is the progress.
func (b *Builder) compile(ctx context.Context, target binary, task *progress.Task) error {
	folder := filepath.Join(b.Root, target.folder)
	var flags []string
	if target.trimmed {
		task.Statusf("preparing the Kubernetes provider's sources")
		modfile, err := provider.Prepare(ctx, folder, b.Local("build"))
		if err != nil {
			return err
		}
		flags = append(flags, "-modfile="+modfile)
	}
	packages, err := b.packages(ctx, target, flags, task)
	if err != nil {
		return err
	}
	path := b.program(target)
	if isLink(path) { // go build would write through the link, over the user's own program
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	task.Statusf("%d packages to compile", len(packages))
	begun := 0
	words := append(target.goCommand("build", "-v", "-o", path), flags...)
	if target.ldflags != "" {
		words = append(words, "-ldflags="+target.ldflags)
	}
	return task.Run(ctx, folder, func(line string) {
		if packages[line] {
			begun++
			task.Statusf("%d of %d packages", begun, len(packages))
		}
	}, append(words, target.pkg)...)
}

func isLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&os.ModeSymlink != 0
}

// goCommand returns a go command for the binary's module, in the workspace or without it.
func (t binary) goCommand(words ...string) []string {
	if t.workspace {
		return append([]string{"go"}, words...)
	}
	return append([]string{"GOWORK=off", "go"}, words...)
}

// packages downloads the modules of the binary, and returns the packages that no earlier binary has compiled.
func (b *Builder) packages(ctx context.Context, target binary, flags []string, task *progress.Task) (map[string]bool, error) {
	task.Statusf("reading its modules")
	downloaded := 0
	var listed []string
	words := append(append(target.goCommand("list", "-deps"), flags...), target.pkg)
	err := task.Read(ctx, filepath.Join(b.Root, target.folder), func(line string) {
		listed = append(listed, line)
	}, func(line string) {
		var module, version string
		if n, _ := fmt.Sscanf(line, "go: downloading %s %s", &module, &version); n == 2 {
			downloaded++
			task.Statusf("%d modules downloaded, now %s", downloaded, module)
		}
	}, words...)
	return b.notSeen(listed), err
}

// notSeen returns those of the packages that it was not called with before.
func (b *Builder) notSeen(packages []string) map[string]bool {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	fresh := map[string]bool{}
	for _, name := range packages {
		if !b.seen[name] {
			b.seen[name], fresh[name] = true, true
		}
	}
	return fresh
}

// link gives the binary its other names. The links are relative, so that the checkout can be moved.
func (b *Builder) link(target binary) error {
	for _, name := range target.links {
		path := b.Local("bin", name)
		to, err := filepath.Rel(filepath.Dir(path), b.program(target))
		if err != nil {
			return err
		}
		if _, err := symlink(to, path); err != nil {
			return err
		}
	}
	if target.plugin == "" {
		return nil
	}
	return b.linkPlugin(target)
}
