package hostnet_test

import (
	"net"
	"os"
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/cluster/internal/hostnet"
)

// own returns the network namespace of the test, which stands in for the host's.
func own(t *testing.T) hostnet.Namespace {
	t.Helper()
	namespace, err := os.Open("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { namespace.Close() })
	if os.Geteuid() != 0 {
		t.Skip("needs root to enter a network namespace")
	}
	return hostnet.Namespace(namespace.Fd())
}

func TestListensOnTheHostsLoopbackForBothProtocols(t *testing.T) {
	host := own(t)
	listener, err := host.Listen("127.80.99.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	conn, err := host.ListenPacket("127.80.99.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, address := range []net.Addr{listener.Addr(), conn.LocalAddr()} {
		if !strings.HasPrefix(address.String(), "127.80.99.1:") {
			t.Errorf("%s listens on %s, want 127.80.99.1", address.Network(), address)
		}
	}
}

func TestListensOnlyOnLoopback(t *testing.T) {
	host := own(t)
	for _, address := range []string{"0.0.0.0:0", ":0", "10.0.0.1:80", "localhost:0"} {
		if listener, err := host.Listen(address); err == nil {
			listener.Close()
			t.Errorf("Listen(%s) succeeds, want an error", address)
		}
		if conn, err := host.ListenPacket(address); err == nil {
			conn.Close()
			t.Errorf("ListenPacket(%s) succeeds, want an error", address)
		}
	}
}
