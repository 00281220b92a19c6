package postgres

import (
	"context"
	"os"
	"os/exec"
	"syscall"
)

// inside returns a command that runs with the folder as its root, as the image's user. Without root's rights it uses a
// user namespace, as mmdebstrap does.
func inside(ctx context.Context, folder, program string, arguments ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, program, arguments...)
	command.Dir, command.Env = "/", []string{searchPath, "LANG=C.UTF-8"}
	command.SysProcAttr = &syscall.SysProcAttr{Chroot: folder}
	if os.Geteuid() == 0 {
		command.SysProcAttr.Credential = &syscall.Credential{Uid: user, Gid: user}
		return command
	}
	command.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
	command.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: user, HostID: os.Geteuid(), Size: 1}}
	command.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: user, HostID: os.Getegid(), Size: 1}}
	return command
}
