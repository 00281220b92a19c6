package images

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// recipe contains the files that define how an app's image is built, including the version of ko.
//
//go:embed apps.go go.mod go.sum
var recipe embed.FS

// source returns a hash of everything that determines the content of the apps' images: the apps module, whose go.sum
// pins its dependencies, the compiler with its settings, and the recipe.
func source(root string) (string, error) {
	apps := filepath.Join(root, "apps")
	compiler := exec.Command("go", "env", "GOVERSION", "GOFLAGS", "GOEXPERIMENT", "GOAMD64", "GOARM64", "GOFIPS140")
	compiler.Dir = apps
	var messages bytes.Buffer
	compiler.Stderr = &messages
	settings, err := compiler.Output()
	if err != nil {
		return "", fmt.Errorf("go env in %s: %w: %s", apps, err, messages.Bytes())
	}
	sum := sha256.New()
	sum.Write(settings)
	for _, files := range []fs.FS{recipe, os.DirFS(apps)} {
		if err := hash(sum, files); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(sum.Sum(nil))[:16], nil
}

// hash adds all files except tests.
func hash(sum io.Writer, files fs.FS) error {
	return fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || strings.HasSuffix(name, "_test.go") {
			return err
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		fmt.Fprintln(sum, name, len(content))
		_, err = sum.Write(content)
		return err
	})
}
