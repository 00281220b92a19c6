package probe

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestTheLastAddressesStayValidForFiveMinutesWithoutDNS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		timeout := &net.DNSError{Name: "pods.shop.svc", Err: "i/o timeout", IsTimeout: true}
		var answer []netip.Addr
		var failure error
		pods := &podSet{lookup: func(context.Context) ([]netip.Addr, error) { return answer, failure }}
		want := func(addresses []netip.Addr, failure error) {
			t.Helper()
			got, err := pods.addresses(t.Context())
			if !slices.Equal(got, addresses) || !errors.Is(err, failure) {
				t.Errorf("got %s, %v; want %s, %v", got, err, addresses, failure)
			}
		}
		failure = timeout
		want(nil, timeout) // there was no lookup before

		answer, failure = []netip.Addr{netip.MustParseAddr("::ffff:10.244.1.7")}, nil
		want([]netip.Addr{podIP}, nil)
		answer, failure = nil, timeout
		time.Sleep(podSetAge)
		want([]netip.Addr{podIP}, timeout)
		time.Sleep(time.Nanosecond)
		want(nil, timeout)

		answer, failure = []netip.Addr{podIP}, nil
		want([]netip.Addr{podIP}, nil)
		answer, failure = nil, &net.DNSError{Name: "pods.shop.svc", IsNotFound: true}
		want(nil, nil) // no Pod runs, which is an answer, too
		failure = timeout
		want(nil, timeout)
	})
}

func TestALookupWithoutAResponseTakesASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pods := &podSet{lookup: func(ctx context.Context) ([]netip.Addr, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}}
		begin := time.Now()
		if _, err := pods.addresses(t.Context()); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != lookupTimeout {
			t.Errorf("got %v after %s, want a timeout after %s", err, time.Since(begin), lookupTimeout)
		}
	})
}
