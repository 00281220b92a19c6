package supervise

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"

	"example.com/kubernetes-networking/infra/cluster/internal/layout"
)

// distrustImages removes a node's images and containers where the machine has been started again since. containerd unpacks images
// without waiting for the disk, and takes them for whole after a power cut that has left their files empty. The images come
// again from the cluster's registry; the containers have ended.
func distrustImages(root layout.Root) error {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return err
	}
	noted, err := os.ReadFile(root.State("boot"))
	if err == nil && bytes.Equal(noted, boot) {
		return nil
	}
	slog.Info("the machine has been started again: images are pulled again")
	if err := os.RemoveAll(root.State("containerd")); err != nil {
		return fmt.Errorf("remove the images: %w", err)
	}
	return os.WriteFile(root.State("boot"), boot, 0o600)
}
