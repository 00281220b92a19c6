package build

import (
	"context"
	"errors"
	"os"
	"os/exec"
)

// Doctor prints whether the embedded cluster can run on this machine, and what to do if not.
func (b *Builder) Doctor(ctx context.Context) error {
	if err := b.build(ctx, doctor); err != nil {
		return err
	}
	if err := b.Attached(ctx, b.Local("bin", doctor.name), "-root", b.Local()); err != nil {
		return errDoctor(err)
	}
	return nil
}

// checkMachine returns an error if the embedded cluster cannot run on this machine. It runs before the cluster's
// programs are built, which takes minutes. If they are up to date it does nothing: the cluster checks the machine when
// it starts.
func (b *Builder) checkMachine(ctx context.Context, targets []binary) error {
	building := false
	for _, target := range targets {
		if target.folder != doctor.folder {
			continue
		}
		stamp, err := b.stamp(ctx, target)
		if err != nil {
			return err
		}
		building = building || !b.upToDate(target, stamp)
	}
	if !building {
		return nil
	}
	if err := b.build(ctx, doctor); err != nil {
		return err
	}
	command := exec.CommandContext(ctx, b.Local("bin", doctor.name), "-unbuilt", "-root", b.Local())
	command.Stderr = os.Stderr
	if err := command.Run(); err != nil {
		return errDoctor(err)
	}
	return nil
}

// errDoctor returns the error for a doctor that failed. The doctor itself has printed the reasons.
func errDoctor(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return errors.New("the embedded cluster cannot run on this machine")
	}
	return err
}
