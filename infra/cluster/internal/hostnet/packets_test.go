package hostnet_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/hostnet"
)

func listenPacket(t *testing.T) *net.UDPConn {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// echo starts a server that answers each packet with the given name, the sender's port and the packet.
func echo(t *testing.T, name string) *net.UDPConn {
	t.Helper()
	server := listenPacket(t)
	go func() {
		packet := make([]byte, 64<<10)
		for {
			n, from, err := server.ReadFromUDPAddrPort(packet)
			if err != nil {
				return
			}
			_, _ = server.WriteToUDPAddrPort(fmt.Appendf(nil, "%s %d %s", name, from.Port(), packet[:n]), from)
		}
	}()
	return server
}

func dialPacket(t *testing.T, to net.Addr) net.Conn {
	t.Helper()
	conn, err := net.Dial("udp4", to.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// ask sends a packet and returns the answer, or "" after one second.
func ask(t *testing.T, conn net.Conn, question string) string {
	t.Helper()
	if _, err := conn.Write([]byte(question)); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 64<<10)
	n, err := conn.Read(answer)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(answer[:n])
}

// portOf returns the client's port in an answer of echo.
func portOf(t *testing.T, answer string) (port int) {
	t.Helper()
	var name string
	if _, err := fmt.Sscan(answer, &name, &port); err != nil {
		t.Fatalf("the answer is %q", answer)
	}
	return port
}

func TestForwardPacketsReturnsEachReplyToItsClient(t *testing.T) {
	front := listenPacket(t)
	go hostnet.ForwardPackets(front, hostnet.To(echo(t, "server").LocalAddr().String()), time.Minute, 8)
	one, other := dialPacket(t, front.LocalAddr()), dialPacket(t, front.LocalAddr())
	first, second, again := ask(t, one, "a"), ask(t, other, "b"), ask(t, one, "c")

	if portOf(t, first) == portOf(t, second) {
		t.Errorf("both clients came from port %d", portOf(t, first))
	}
	if portOf(t, first) != portOf(t, again) {
		t.Errorf("one client came from port %d and then from %d", portOf(t, first), portOf(t, again))
	}
	for got, want := range map[string]string{first: "a", second: "b", again: "c"} {
		if !bytes.HasSuffix([]byte(got), []byte(" "+want)) {
			t.Errorf("%q was answered to %q", got, want)
		}
	}
}

func TestForwardPacketsKeepsALargePacketWhole(t *testing.T) {
	front, server := listenPacket(t), echo(t, "server")
	go hostnet.ForwardPackets(front, hostnet.To(server.LocalAddr().String()), time.Minute, 8)
	question := string(bytes.Repeat([]byte("0123456789"), 6500))
	answer := ask(t, dialPacket(t, front.LocalAddr()), question)
	if want := len("server 12345 ") + len(question); len(answer) != want {
		t.Errorf("the answer has %d bytes, want %d", len(answer), want)
	}
}

func TestForwardPacketsEndsIdleFlows(t *testing.T) {
	front := listenPacket(t)
	const idle = 50 * time.Millisecond
	go hostnet.ForwardPackets(front, hostnet.To(echo(t, "server").LocalAddr().String()), idle, 8)
	client := dialPacket(t, front.LocalAddr())
	deadline := time.Now().Add(10 * time.Second)
	port := func() int {
		for {
			if answer := ask(t, client, "a"); answer != "" {
				return portOf(t, answer)
			}
			if time.Now().After(deadline) { // on a busy machine a reply may take longer than idle
				t.Fatal("no answer within 10 s")
			}
		}
	}
	first := port()
	for wait := idle; port() == first; wait *= 2 {
		if time.Now().After(deadline) {
			t.Fatalf("after 10 s the client still comes from port %d", first)
		}
		time.Sleep(wait) // synctest cannot fake the time of real sockets, and a packet would keep the flow
	}
}

func TestForwardPacketsEndsTheLongestIdleFlowAtTheLimit(t *testing.T) {
	front := listenPacket(t)
	go hostnet.ForwardPackets(front, hostnet.To(echo(t, "server").LocalAddr().String()), time.Minute, 2)
	first, second, third := dialPacket(t, front.LocalAddr()), dialPacket(t, front.LocalAddr()), dialPacket(t, front.LocalAddr())
	firstPort, secondPort := portOf(t, ask(t, first, "a")), portOf(t, ask(t, second, "a"))
	ask(t, first, "b")
	ask(t, third, "a")
	if port := portOf(t, ask(t, first, "c")); port != firstPort {
		t.Errorf("the most recent client lost its port %d and comes from %d", firstPort, port)
	}
	if port := portOf(t, ask(t, second, "c")); port == secondPort {
		t.Errorf("the client that was idle for longest still comes from port %d: there are three flows", secondPort)
	}
}

func TestForwardPacketsFollowsAChangedRoute(t *testing.T) {
	front := listenPacket(t)
	var to atomic.Pointer[string]
	lead := func(server *net.UDPConn) {
		address := server.LocalAddr().String()
		to.Store(&address)
	}
	lead(echo(t, "old"))
	go hostnet.ForwardPackets(front, func(netip.Addr) []string { return []string{*to.Load()} }, time.Minute, 8)
	client := dialPacket(t, front.LocalAddr())
	if got := ask(t, client, "a"); !bytes.HasPrefix([]byte(got), []byte("old ")) {
		t.Fatalf("the answer is %q, want one of old", got)
	}
	lead(echo(t, "new"))
	for deadline := time.Now().Add(10 * time.Second); !bytes.HasPrefix([]byte(ask(t, client, "b")), []byte("new ")); {
		if time.Now().After(deadline) {
			t.Fatal("10 s after the change of the route the old server still answers")
		}
	}
}

func TestForwardPacketsRetriesAfterARefusal(t *testing.T) {
	front, server := listenPacket(t), listenPacket(t)
	address := server.LocalAddr().(*net.UDPAddr)
	server.Close()
	go hostnet.ForwardPackets(front, hostnet.To(address.String()), time.Minute, 8)
	client := dialPacket(t, front.LocalAddr())
	if answer := ask(t, client, "a"); answer != "" {
		t.Fatalf("without a server the answer is %q", answer)
	}
	server, err := net.ListenUDP("udp4", address)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	go func() {
		_, from, err := server.ReadFromUDPAddrPort(make([]byte, 1))
		if err == nil {
			_, _ = server.WriteToUDPAddrPort([]byte("here"), from)
		}
	}()
	if answer := ask(t, client, "b"); answer != "here" {
		t.Errorf("with a server again the answer is %q, want %q", answer, "here")
	}
}

func TestForwardPacketsDropsPacketsWithoutARoute(t *testing.T) {
	front := listenPacket(t)
	go hostnet.ForwardPackets(front, func(netip.Addr) []string { return nil }, time.Minute, 8)
	if answer := ask(t, dialPacket(t, front.LocalAddr()), "a"); answer != "" {
		t.Errorf("the answer is %q", answer)
	}
}

func TestForwardPacketsReturnsWithItsListenerAndClosesItsFlows(t *testing.T) {
	front := listenPacket(t)
	ended := make(chan struct{})
	go func() {
		hostnet.ForwardPackets(front, hostnet.To(echo(t, "server").LocalAddr().String()), time.Minute, 8)
		close(ended)
	}()
	port := portOf(t, ask(t, dialPacket(t, front.LocalAddr()), "a"))
	front.Close()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Fatal("it has not returned 10 s after its listener was closed")
	}
	freed, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		t.Fatalf("the flow's socket is still open: %v", err)
	}
	freed.Close()
}
