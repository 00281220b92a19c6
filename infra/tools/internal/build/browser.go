package build

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"example.com/kubernetes-networking/infra/tools/internal/host"
)

// browserTests is the folder of the tests that `make e2e` runs in a browser.
const browserTests = "infra/e2e/browser"

// npmFiles are the files that npm installs the packages of the browser tests from.
var npmFiles = []string{"package.json", "package-lock.json", ".npmrc"}

// Browser prepares what the browser tests of `make e2e` need: a browser and the packages that control it. The packages
// are in .local; Node.js finds them through a link beside the tests.
func (b *Builder) Browser(ctx context.Context) error {
	if err := host.Install(ctx, b.Checkout, b.report, host.Browser); err != nil {
		return err
	}
	if err := b.installNpmPackages(ctx); err != nil {
		return err
	}
	return b.linkNpmPackages()
}

// installNpmPackages installs the packages of the lock file, unless they are up to date.
func (b *Builder) installNpmPackages(ctx context.Context) error {
	files := map[string][]byte{}
	for _, name := range npmFiles {
		content, err := os.ReadFile(filepath.Join(b.Root, browserTests, name))
		if err != nil {
			return fmt.Errorf("packages of the browser tests: %w", err)
		}
		files[name] = content
	}
	if b.npmPackagesUpToDate(files) {
		return nil
	}
	task := b.report.Begin("browser tests", b.Local("log", "npm.log"))
	err := errors.Join(os.RemoveAll(b.Local("browser")), os.MkdirAll(b.Local("browser"), 0o755))
	for name, content := range files {
		err = errors.Join(err, os.WriteFile(b.Local("browser", name), content, 0o644))
	}
	if err == nil {
		err = task.Run(ctx, b.Local("browser"), task.Show, "npm", "ci")
	}
	return task.End(err)
}

// npmPackagesUpToDate reports whether the packages were installed from these files. The last file that npm writes is
// the list of what it has installed.
func (b *Builder) npmPackagesUpToDate(files map[string][]byte) bool {
	for name, content := range files {
		used, err := os.ReadFile(b.Local("browser", name))
		if err != nil || !bytes.Equal(used, content) {
			return false
		}
	}
	_, err := os.Stat(b.Local("browser", "node_modules", ".package-lock.json"))
	return err == nil
}

// linkNpmPackages creates the link. It is relative, so that the checkout can be moved.
func (b *Builder) linkNpmPackages() error {
	link := filepath.Join(b.Root, browserTests, "node_modules")
	to, err := filepath.Rel(filepath.Dir(link), b.Local("browser", "node_modules"))
	if err != nil {
		return err
	}
	if current, err := os.Readlink(link); err == nil && current == to {
		return nil
	}
	return errors.Join(os.RemoveAll(link), os.Symlink(to, link))
}
