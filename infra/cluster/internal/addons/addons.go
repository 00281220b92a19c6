// Package addons applies what a cluster needs beyond its processes: cluster DNS, the default StorageClass, and the
// roles of our own components.
package addons

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"os/exec"
	"text/template"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
	"example.com/kubernetes-networking/infra/cluster/internal/pki"
	"example.com/kubernetes-networking/infra/cluster/internal/provisioner"
)

//go:embed manifests
var manifestFS embed.FS

var manifestTemplates = template.Must(template.ParseFS(manifestFS, "manifests/*.yaml"))

// Apply applies the add-ons of a cluster of so many nodes with kubectl. What somebody changed in them is set back.
func Apply(ctx context.Context, root layout.Root, nodes int, corednsImage string) error {
	values := map[string]any{
		"CoreDNSImage":     corednsImage,
		"DNSReplicas":      min(nodes, 2), // a node may be stopped, and with it one of them
		"ClusterDomain":    layout.ClusterDomain,
		"DNSIP":            layout.DNSIP,
		"AdminUser":        pki.Admin,
		"Provisioner":      provisioner.Name,
		"ProvisionerUser":  pki.Provisioner,
		"LoadBalancerUser": pki.LoadBalancer,
		"PodNetworkUser":   pki.PodNetwork,
	}
	var manifests bytes.Buffer
	for _, t := range manifestTemplates.Templates() {
		manifests.WriteString("---\n")
		if err := t.Execute(&manifests, values); err != nil {
			return fmt.Errorf("render %s: %w", t.Name(), err)
		}
	}
	cmd := exec.CommandContext(ctx, root.Bin("kubectl"), "--kubeconfig="+root.UserKubeconfig(pki.SuperAdmin),
		"apply", "--server-side", "--force-conflicts", "--validate=false", "--filename=-")
	cmd.Stdin = &manifests
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("apply the add-ons: %w: %s", err, bytes.TrimSpace(output))
	}
	return nil
}
