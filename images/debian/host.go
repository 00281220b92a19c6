package debian

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// keyring contains the keys that sign Debian's packages. Derivatives of Debian may lack it.
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"

// CheckHost returns an error with the reason if this machine cannot build images.
func CheckHost(ctx context.Context) error {
	if runtime.GOOS != "linux" {
		return errors.New("it does not run Linux")
	}
	tool, err := exec.LookPath("mmdebstrap")
	if err != nil {
		return errors.New("mmdebstrap is not installed (apt-get install mmdebstrap)")
	}
	if _, err := os.Stat(keyring); err != nil {
		return errors.New("the keyring of Debian is not installed (apt-get install debian-archive-keyring)")
	}
	if os.Geteuid() == 0 {
		return nil
	}
	// The helper enters the user namespace that an unprivileged build uses.
	if output, err := exec.CommandContext(ctx, tool, "--unshare-helper", "true").CombinedOutput(); err != nil {
		reason := strings.TrimPrefix(LastLines(string(bytes.TrimSpace(output)), 1), "E: ")
		return fmt.Errorf("mmdebstrap needs root or a user namespace: %s", reason)
	}
	return nil
}
