package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"example.com/kubernetes-networking/infra/tools/internal/provider"
)

// builder puts programs into the .local folder of one checkout.
type builder struct {
	root   string
	report *report
	out    *os.File // for the results of a command; the report is for its progress

	// seen are the packages of the binaries that this run has built: what a later binary shares is compiled already.
	mutex sync.Mutex
	seen  map[string]bool
}

// local is a path in the folder that git ignores.
func (b *builder) local(elements ...string) string {
	return filepath.Join(append([]string{b.root, ".local"}, elements...)...)
}

func (b *builder) buildAll(ctx context.Context, targets []binary) error {
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

// buildOptional builds a binary that the demo works without, or reports why it cannot.
func (b *builder) buildOptional(ctx context.Context, target binary) error {
	err := b.installPackages(ctx, target.optional)
	if err == nil {
		err = b.build(ctx, target)
	}
	if err != nil && ctx.Err() == nil {
		b.report.say("going on without %s: %v", target.name, err)
		return nil
	}
	return err
}

// build makes one binary, unless it is there: built before from the same sources, or installed on this machine.
func (b *builder) build(ctx context.Context, target binary) error {
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
	task := b.report.begin(target.name, b.local("log", "build-"+target.name+".log"))
	err = b.compile(ctx, target, task)
	if err == nil {
		err = b.link(target)
	}
	if err == nil && len(target.use) > 0 {
		err = task.run(ctx, b.root, task.show, append([]string{b.program(target)}, target.use...)...)
	}
	if err == nil {
		err = b.record(target, stamp)
	}
	return task.end(err)
}

// program is where the binary goes.
func (b *builder) program(target binary) string {
	return b.local(cmp.Or(target.output, "bin"), target.name)
}

// useInstalled makes the binary a link to an installed program.
func (b *builder) useInstalled(target binary, path string) error {
	changed, err := symlink(path, b.program(target))
	if err != nil {
		return err
	}
	if changed {
		b.report.say("%s: using %s", target.name, path)
	}
	return b.link(target)
}

// symlink makes path a link to the file, and reports whether it was not one before.
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

// compile runs the go command. Its log holds the names of the packages as they are compiled, which is the progress.
func (b *builder) compile(ctx context.Context, target binary, task *task) error {
	folder := filepath.Join(b.root, target.folder)
	var flags []string
	if target.trimmed {
		task.state("preparing the Kubernetes provider's sources")
		modfile, err := provider.Prepare(ctx, folder, b.local("build"))
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
	if isLink(path) { // the go command would write through it, over the user's own program
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	task.state("%d packages to go through", len(packages))
	compiled := 0
	words := append(target.goCommand("build", "-v", "-o", path), flags...)
	if target.ldflags != "" {
		words = append(words, "-ldflags="+target.ldflags)
	}
	return task.run(ctx, folder, func(line string) {
		if packages[line] {
			compiled++
			task.state("%d of %d packages compiled", compiled, len(packages))
		}
	}, append(words, target.pkg)...)
}

func isLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&os.ModeSymlink != 0
}

// goCommand is a go command for the binary's module, which stands alone unless the binary is built in the workspace.
func (t binary) goCommand(words ...string) []string {
	if t.workspace {
		return append([]string{"go"}, words...)
	}
	return append([]string{"GOWORK=off", "go"}, words...)
}

// packages are those that the binary consists of and that no binary before it has in common with it. Listing them
// downloads the modules.
func (b *builder) packages(ctx context.Context, target binary, flags []string, task *task) (map[string]bool, error) {
	task.state("reading its modules")
	downloaded := 0
	var listed []string
	words := append(append(target.goCommand("list", "-deps"), flags...), target.pkg)
	err := task.run(ctx, filepath.Join(b.root, target.folder), func(line string) {
		var module, version string
		if n, _ := fmt.Sscanf(line, "go: downloading %s %s", &module, &version); n == 2 {
			downloaded++
			task.state("%d modules downloaded, now %s", downloaded, module)
			return
		}
		listed = append(listed, line)
	}, words...)
	return b.notSeen(listed), err
}

func (b *builder) notSeen(packages []string) map[string]bool {
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

// link gives the binary its other names, as relative links: the checkout can be moved.
func (b *builder) link(target binary) error {
	for _, name := range target.links {
		path := b.local("bin", name)
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
