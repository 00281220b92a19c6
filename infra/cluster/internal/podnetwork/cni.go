package podnetwork

import (
	"bytes"
	"embed"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"

	"example.com/kubernetes-networking/infra/cluster/internal/render"
)

//go:embed bridge.conflist
var conflist embed.FS

// writeCNIConfig writes the configuration of the CNI plugins, which create a Pod's network device with an address from
// podCIDR. containerd watches the folder and reports the node's network as ready. Without a podCIDR the function writes
// nothing.
func writeCNIConfig(folder, podCIDR string) error {
	if podCIDR == "" {
		return nil
	}
	config, err := render.Text(conflist, "bridge.conflist", map[string]any{"PodCIDR": podCIDR})
	if err != nil {
		return err
	}
	path := filepath.Join(folder, "10-bridge.conflist")
	if current, err := os.ReadFile(path); err == nil && bytes.Equal(current, config) {
		return nil
	}
	return renameio.WriteFile(path, config, 0o600)
}
