package podnetwork

import (
	"bytes"
	_ "embed"
	"os"
	"path/filepath"
	"text/template"

	"github.com/google/renameio/v2"
)

//go:embed bridge.conflist
var conflist string

var conflistTemplate = template.Must(template.New("bridge.conflist").Parse(conflist))

// writeCNIConfig writes the configuration of the CNI plugins, which create a Pod's network device with an address from
// podCIDR. containerd watches the folder and reports the node's network as ready. Without a podCIDR the function writes
// nothing.
func writeCNIConfig(folder, podCIDR string) error {
	if podCIDR == "" {
		return nil
	}
	var config bytes.Buffer
	if err := conflistTemplate.Execute(&config, podCIDR); err != nil {
		return err
	}
	path := filepath.Join(folder, "10-bridge.conflist")
	if current, err := os.ReadFile(path); err == nil && bytes.Equal(current, config.Bytes()) {
		return nil
	}
	return renameio.WriteFile(path, config.Bytes(), 0o600)
}
