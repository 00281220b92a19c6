package clustertest

import (
	"testing"
	"time"
)

// awaitTimeout is many times longer than anything takes in a working cluster.
const awaitTimeout = time.Minute

// Await calls check until it returns nil. After a minute it ends the test with the last error of check, which should
// describe the current state.
func Await(t testing.TB, what string, check func() error) {
	t.Helper()
	AwaitWithin(t, awaitTimeout, what, check)
}

// AwaitWithin is like Await, with another timeout.
func AwaitWithin(t testing.TB, timeout time.Duration, what string, check func() error) {
	t.Helper()
	for deadline := time.Now().Add(timeout); ; time.Sleep(100 * time.Millisecond) {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited %s for %s; last error: %v", timeout, what, err)
		}
	}
}
