package stack

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"example.com/kubernetes-networking/infra/tools/internal/manifests"
)

// Manifests writes the Kubernetes YAML of the stack to .local/manifests. It renders a preview, which needs no cluster.
func (s *Stack) Manifests(ctx context.Context) error {
	pulumi := exec.CommandContext(ctx, "pulumi", "preview", "--non-interactive", "--json", "--show-sames", "--refresh=false")
	pulumi.Dir, pulumi.Stderr = s.Root, os.Stderr
	preview, err := pulumi.Output()
	if err != nil {
		if failure := manifests.Failure(preview); failure != nil {
			err = failure
		}
		return fmt.Errorf("the stack %s cannot be rendered, because its preview fails:\n%w", stackName(), err)
	}
	files, err := manifests.Render(preview)
	if err != nil {
		return fmt.Errorf("render the stack %s: %w", stackName(), err)
	}
	folder := filepath.Join("manifests", stackName())
	if err := manifests.Write(s.Local(folder), files); err != nil {
		return fmt.Errorf("write the manifests: %w", err)
	}
	s.report.Printf("manifests: %d objects of the stack %s are in .local/%s", len(files), stackName(), folder)
	return nil
}
