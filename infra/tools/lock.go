package main

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"
)

// lock waits until no other run of this command works on the same checkout. The kernel lets go of the lock when the
// process ends, however it ends.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for told := false; ; told = true {
		switch err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err {
		case nil:
			return func() { file.Close() }, nil
		case syscall.EWOULDBLOCK, syscall.EINTR:
		default:
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		if !told {
			fmt.Fprintln(os.Stderr, "tools: waiting for another run in this checkout to end")
		}
		select {
		case <-ctx.Done():
			file.Close()
			return nil, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}
