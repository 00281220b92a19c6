package checkout

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"
)

// Lock creates the folders that commands write to, and waits until no other run works on the checkout. The kernel
// releases the lock when the process ends, also after a crash.
func (c Checkout) Lock(ctx context.Context) (unlock func(), err error) {
	for _, folder := range []string{"bin", "build", "log"} {
		if err := os.MkdirAll(c.Local(folder), 0o755); err != nil {
			return nil, err
		}
	}
	path := c.Local("build", "lock")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for reported := false; ; reported = true {
		switch err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err {
		case nil:
			return func() { file.Close() }, nil
		case syscall.EWOULDBLOCK, syscall.EINTR:
		default:
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		if !reported {
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
