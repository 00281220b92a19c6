package build

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"example.com/kubernetes-networking/infra/tools/internal/crosscheck"
)

// workspaceModules share their dependencies and are loaded together.
var workspaceModules = []string{"./apps/...", "./images/...", "./infra/..."}

// Portable checks that the Pulumi program compiles on macOS and Windows, and that these tools compile on macOS. Only
// the embedded cluster needs Linux.
func (b *Builder) Portable(ctx context.Context) error {
	workspace := filepath.Join(b.Root, "go.work")
	all := []string{"./..."}
	var problems []string
	for _, load := range []crosscheck.Load{
		{Platform: "darwin/arm64", Folder: b.Root, Patterns: workspaceModules, Workspace: workspace},
		{Platform: "windows/amd64", Folder: b.Root, Patterns: workspaceModules, Workspace: workspace},
		{Platform: "darwin/arm64", Folder: filepath.Join(b.Root, "infra/tools"), Patterns: all, Workspace: "off"},
		{Platform: "darwin/arm64", Folder: filepath.Join(b.Root, "infra/tools/pulumi"), Patterns: all, Workspace: "off"},
	} {
		found, err := crosscheck.Check(ctx, load)
		if err != nil {
			return err
		}
		problems = append(problems, found...)
	}
	if len(problems) > 0 {
		return fmt.Errorf("this does not compile on other systems:\n  %s", strings.ReplaceAll(strings.Join(problems, "\n  "), b.Root+"/", ""))
	}
	return nil
}
