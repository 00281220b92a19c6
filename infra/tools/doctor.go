package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
)

// doctor prints whether the embedded cluster can run on this machine, and what to do if not.
func (b *builder) doctor(ctx context.Context) error {
	if err := b.build(ctx, doctor); err != nil {
		return err
	}
	if err := b.attached(ctx, b.local("bin", doctor.name), "-root", b.local()); err != nil {
		return errDoctor(err)
	}
	return nil
}

// checkMachine returns an error where the embedded cluster cannot run on this machine. It runs before the cluster's programs are
// built or installed, which takes minutes. Where they are up to date, the cluster checks the machine itself when it starts.
func (b *builder) checkMachine(ctx context.Context, targets []binary) error {
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
	command := exec.CommandContext(ctx, b.local("bin", doctor.name), "-unbuilt", "-root", b.local())
	command.Stderr = os.Stderr
	if err := command.Run(); err != nil {
		return errDoctor(err)
	}
	return nil
}

// errDoctor is the error of a doctor that failed, which has printed why.
func errDoctor(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return errors.New("the embedded cluster cannot run on this machine")
	}
	return err
}
