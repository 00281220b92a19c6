package failure_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"

	"example.com/kubernetes-networking/apps/contract/failure"
)

func TestEachFailureHasACodeAndASentence(t *testing.T) {
	timeout := failure.Failure{Code: failure.Timeout, Detail: "No answer came in time."}
	tests := map[string]struct {
		err  error
		want failure.Failure
	}{
		"unknown name": {
			&net.OpError{Op: "dial", Err: &net.DNSError{Name: "a.test", IsNotFound: true}},
			failure.Failure{Code: failure.DNS, Detail: "The name a.test does not exist: no DNS server has an address for it."},
		},
		"DNS server unavailable": {
			&net.DNSError{Name: "a.test", Err: "i/o timeout", IsTimeout: true},
			failure.Failure{Code: failure.DNS, Detail: "The name a.test could not be looked up: no DNS server answered."},
		},
		"DNS packets rejected": {
			&net.DNSError{Name: "a.test", Err: "read udp 10.0.0.1:40000->10.96.0.10:53: read: connection refused", IsTemporary: true},
			failure.Failure{Code: failure.DNS, Detail: "The name a.test could not be looked up: no DNS server answered."},
		},
		"DNS server fails": {
			&net.DNSError{Name: "a.test", Err: "server misbehaving", IsTemporary: true},
			failure.Failure{Code: failure.DNS, Detail: "The name a.test could not be looked up: server misbehaving."},
		},
		"refused": {
			&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)},
			failure.Failure{Code: failure.Refused, Detail: "The connection was refused: nothing listens on that address and port, or a network policy rejects it."},
		},
		"deadline of the caller": {fmt.Errorf("get: %w", context.DeadlineExceeded), timeout},
		"deadline of the socket": {&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, timeout},
		"timed out while connecting": {
			&net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded},
			failure.Failure{Code: failure.Timeout, Detail: "Nothing answered in time: the address is not in use, the host is too busy, or packets are dropped."},
		},
		"timed out by the peer": {os.NewSyscallError("connect", syscall.ETIMEDOUT), timeout},
		"anything else":         {errors.New("no route"), failure.Failure{Code: failure.Other, Detail: "It failed: no route."}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := failure.Of(test.err); got != test.want {
				t.Errorf("got  %v\nwant %v", got, test.want)
			}
		})
	}
}
