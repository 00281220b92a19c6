package loadbalancer

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

func TestClientStaysOnItsNodeUntilTheTimeoutHasPassedSinceItLastConnected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const timeout = 10 * time.Second
		b, client, nodes := &balancer{}, netip.MustParseAddr("127.0.0.1"), []string{"a", "b"}
		before := b.sticky(client, nodes, timeout)[0]
		for range 3 {
			time.Sleep(timeout - time.Nanosecond)
			if got := b.sticky(client, nodes, timeout)[0]; got != before {
				t.Errorf("within the timeout the client is sent to %s, want %s", got, before)
			}
		}
		time.Sleep(timeout)
		first := b.sticky(client, nodes, timeout)[0]
		time.Sleep(timeout)
		if second := b.sticky(client, nodes, timeout)[0]; first == second {
			t.Errorf("after the timeout the client stays on %s, want nodes in turn", first)
		}
	})
}
