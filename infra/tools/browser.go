package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// browserTests is the folder of the tests that `make e2e` runs in a browser.
const browserTests = "infra/e2e/browser"

// npmFiles say which packages of npm the browser tests use, and how they are installed.
var npmFiles = []string{"package.json", "package-lock.json", ".npmrc"}

// prepareBrowser installs a browser, and what drives it. The packages go to .local. Node.js looks for them beside the
// tests, where a link leads there.
func (b *builder) prepareBrowser(ctx context.Context) error {
	if err := b.installPackages(ctx, browserPackages); err != nil {
		return err
	}
	if err := b.installNpmPackages(ctx); err != nil {
		return err
	}
	return b.linkNpmPackages()
}

// installNpmPackages installs what the lock file names, unless it is there.
func (b *builder) installNpmPackages(ctx context.Context) error {
	files := map[string][]byte{}
	for _, name := range npmFiles {
		content, err := os.ReadFile(filepath.Join(b.root, browserTests, name))
		if err != nil {
			return fmt.Errorf("packages of the browser tests: %w", err)
		}
		files[name] = content
	}
	if b.npmPackagesUpToDate(files) {
		return nil
	}
	task := b.report.begin("browser tests", b.local("log", "npm.log"))
	err := errors.Join(os.RemoveAll(b.local("browser")), os.MkdirAll(b.local("browser"), 0o755))
	for name, content := range files {
		err = errors.Join(err, os.WriteFile(b.local("browser", name), content, 0o644))
	}
	if err == nil {
		err = task.run(ctx, b.local("browser"), task.show, "npm", "ci")
	}
	return task.end(err)
}

// npmPackagesUpToDate says whether these files are those that the packages were installed from. The last thing that npm
// does is to write down what it has installed.
func (b *builder) npmPackagesUpToDate(files map[string][]byte) bool {
	for name, content := range files {
		used, err := os.ReadFile(b.local("browser", name))
		if err != nil || !bytes.Equal(used, content) {
			return false
		}
	}
	_, err := os.Stat(b.local("browser", "node_modules", ".package-lock.json"))
	return err == nil
}

// linkNpmPackages makes a relative link: the checkout can be moved.
func (b *builder) linkNpmPackages() error {
	link := filepath.Join(b.root, browserTests, "node_modules")
	to, err := filepath.Rel(filepath.Dir(link), b.local("browser", "node_modules"))
	if err != nil {
		return err
	}
	if current, err := os.Readlink(link); err == nil && current == to {
		return nil
	}
	return errors.Join(os.RemoveAll(link), os.Symlink(to, link))
}
