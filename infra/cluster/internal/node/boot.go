package node

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// removeImagesAfterBoot removes a node's images and containers if the machine has booted since the node's last start.
// containerd unpacks images without fsync, and trusts them after a power cut that has left their files empty. The node
// pulls the images again from the cluster's registry, and the containers have ended.
func removeImagesAfterBoot(root layout.Root) error {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return err
	}
	last, err := os.ReadFile(root.State("boot"))
	if err == nil && bytes.Equal(last, boot) {
		return nil
	}
	slog.Info("removing images: the machine has booted since the last start")
	if err := os.RemoveAll(root.State("containerd")); err != nil {
		return fmt.Errorf("remove the images: %w", err)
	}
	return os.WriteFile(root.State("boot"), boot, 0o600)
}
