package loadbalancer_test

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"testing"
	"time"
)

// serve starts a server for TCP and UDP on one port of each address. It answers with the address.
func serve(t *testing.T, addresses ...string) (port int32) {
	t.Helper()
	for try := 0; ; try++ {
		listener, err := net.Listen("tcp4", addresses[0]+":0")
		if err != nil {
			t.Fatal(err)
		}
		port = int32(listener.Addr().(*net.TCPAddr).Port)
		listener.Close()
		if err := servePort(t, port, addresses...); err == nil {
			return port
		} else if try == 10 {
			t.Fatal(err)
		}
	}
}

func servePort(t *testing.T, port int32, addresses ...string) error {
	t.Helper()
	for _, address := range addresses {
		at := netip.AddrPortFrom(netip.MustParseAddr(address), uint16(port))
		listener, err := net.Listen("tcp4", at.String())
		if err != nil {
			return err
		}
		t.Cleanup(func() { listener.Close() })
		packets, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(at))
		if err != nil {
			return err
		}
		t.Cleanup(func() { packets.Close() })
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				_, _ = fmt.Fprint(conn, address)
				conn.Close()
			}
		}()
		go func() {
			for {
				_, from, err := packets.ReadFromUDPAddrPort(make([]byte, 64))
				if err != nil {
					return
				}
				_, _ = packets.WriteToUDPAddrPort([]byte(address), from)
			}
		}()
	}
	return nil
}

// ask connects by TCP or sends a packet by UDP, and returns the answer.
func ask(protocol, address string, port int32) (string, error) {
	return askFrom("127.0.0.1", protocol, address, port)
}

func askFrom(client, protocol, address string, port int32) (string, error) {
	local, err := net.ResolveTCPAddr("tcp4", client+":0")
	if err != nil {
		return "", err
	}
	timeout := 5 * time.Second
	dialer := net.Dialer{LocalAddr: local, Timeout: timeout}
	if protocol == "udp" { // an unanswered packet is noticed only by the timeout
		dialer.LocalAddr, timeout = &net.UDPAddr{IP: local.IP}, time.Second
	}
	conn, err := dialer.Dial(protocol+"4", hostPort(address, port))
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(timeout)); err != nil {
		return "", err
	}
	if protocol == "tcp" {
		answer, err := io.ReadAll(conn)
		return string(answer), err
	}
	if _, err := conn.Write([]byte("?")); err != nil {
		return "", err
	}
	answer := make([]byte, 64)
	n, err := conn.Read(answer)
	return string(answer[:n]), err
}

func hostPort(address string, port int32) string {
	return net.JoinHostPort(address, strconv.Itoa(int(port)))
}

// answers sends two requests for each of up to three nodes. It returns the distinct answers, sorted.
func answers(t *testing.T, address string, port int32) []string {
	t.Helper()
	var all []string
	for range 6 {
		answer, err := ask("tcp", address, port)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, answer)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func wantAnswer(t *testing.T, protocol, address string, port int32, want string) {
	t.Helper()
	if got, err := ask(protocol, address, port); got != want || err != nil {
		t.Errorf("%s:%d answers by %s %q, %v, want %q", address, port, protocol, got, err, want)
	}
}
