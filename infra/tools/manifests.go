package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"example.com/kubernetes-networking/infra/tools/internal/manifests"
)

// manifests writes the Kubernetes YAML of the stack to folder, from a preview, which needs no cluster.
func (b *builder) manifests(ctx context.Context, folder string) error {
	pulumi := exec.CommandContext(ctx, "pulumi", "preview", "--non-interactive", "--json", "--show-sames", "--refresh=false")
	pulumi.Dir, pulumi.Stderr = b.root, os.Stderr
	preview, err := pulumi.Output()
	if err != nil {
		if failure := manifests.Failure(preview); failure != nil {
			err = failure
		}
		return fmt.Errorf("the stack %s cannot be rendered, because its preview fails:\n%w", os.Getenv("PULUMI_STACK"), err)
	}
	files, err := manifests.Render(preview)
	if err != nil {
		return fmt.Errorf("render the stack %s: %w", os.Getenv("PULUMI_STACK"), err)
	}
	if err := manifests.Write(folder, files); err != nil {
		return fmt.Errorf("write the manifests: %w", err)
	}
	shown, err := filepath.Rel(b.root, folder)
	if err != nil {
		return err
	}
	b.report.say("manifests: %d objects of the stack %s are in %s", len(files), os.Getenv("PULUMI_STACK"), shown)
	return nil
}
