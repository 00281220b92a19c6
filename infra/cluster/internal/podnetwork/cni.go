package podnetwork

import (
	"bytes"
	_ "embed"
	"os"
	"path/filepath"
	"text/template"
)

//go:embed bridge.conflist
var conflist string

var conflistTemplate = template.Must(template.New("bridge.conflist").Parse(conflist))

// writeCNIConfig writes the configuration of the CNI plugins, which make a Pod's network device and give it an address of
// podCIDR. containerd reads it at once, and calls the node's network ready. Without a podCIDR it writes nothing yet.
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
	// Under a name that is no configuration first, so that nobody reads half of it.
	if err := os.WriteFile(path+".new", config.Bytes(), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
