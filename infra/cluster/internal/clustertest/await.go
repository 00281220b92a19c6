package clustertest

import (
	"testing"
	"time"
)

// awaitTimeout is many times what anything takes in a cluster that works.
const awaitTimeout = time.Minute

// Await asks again and again until check returns nil. After a minute the test ends, and says what it waited for and
// check's last error: let that tell what is there instead.
func Await(t testing.TB, what string, check func() error) {
	t.Helper()
	AwaitWithin(t, awaitTimeout, what, check)
}

// AwaitWithin is Await with a deadline of its own.
func AwaitWithin(t testing.TB, timeout time.Duration, what string, check func() error) {
	t.Helper()
	for deadline := time.Now().Add(timeout); ; time.Sleep(100 * time.Millisecond) {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited %s for %s; last seen: %v", timeout, what, err)
		}
	}
}
