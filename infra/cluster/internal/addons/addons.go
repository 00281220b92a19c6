// Package addons applies the add-ons to a cluster: cluster DNS, the default StorageClass, and the roles of this
// program's own components. The manifests are in the folder manifests. Package controlplane calls Apply at each start.
package addons

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"io/fs"
	"os/exec"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/pki"
	"example.com/kubernetes-networking/infra/cluster/internal/provisioner"
	"example.com/kubernetes-networking/infra/cluster/internal/render"
)

//go:embed manifests
var manifestFS embed.FS

// Apply applies the add-ons with kubectl, and reverts changes that the user made in them. nodes is the number of nodes.
func Apply(ctx context.Context, root layout.Root, nodes int, corednsImage string) error {
	values := map[string]any{
		"CoreDNSImage":     corednsImage,
		"DNSReplicas":      min(nodes, 2), // one may be on a node that is stopped
		"ClusterDomain":    layout.ClusterDomain,
		"DNSIP":            layout.DNSIP,
		"AdminUser":        pki.Admin,
		"Provisioner":      provisioner.Name,
		"ProvisionerUser":  pki.Provisioner,
		"LoadBalancerUser": pki.LoadBalancer,
		"PodNetworkUser":   pki.PodNetwork,
	}
	names, err := fs.Glob(manifestFS, "manifests/*.yaml")
	if err != nil {
		return err
	}
	var manifests bytes.Buffer
	for _, name := range names {
		text, err := render.Text(manifestFS, name, values)
		if err != nil {
			return err
		}
		fmt.Fprintf(&manifests, "---\n%s", text)
	}
	cmd := exec.CommandContext(ctx, root.Bin("kubectl"), "--kubeconfig="+root.UserKubeconfig(pki.SuperAdmin),
		"apply", "--server-side", "--force-conflicts", "--validate=false", "--filename=-")
	cmd.Stdin = &manifests
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("apply the add-ons: %w: %s", err, bytes.TrimSpace(output))
	}
	return nil
}
