// Package who is the protocol of the end-to-end tests' server: whoever connects, or sends a packet, is told who answers
// it, and how the server sees it.
package who

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"time"
)

// Answer is what a server says.
type Answer struct {
	Server string // its host name, which is the Pod's
	Client string // the client's IP address, as the server sees it
	Port   int    // the server's own
}

func (a Answer) String() string { return fmt.Sprintf("%s %s %d", a.Server, a.Client, a.Port) }

// Parse reads what String has written.
func Parse(text string) (a Answer, err error) {
	_, err = fmt.Sscan(text, &a.Server, &a.Client, &a.Port)
	return a, err
}

// Serve answers on a port of every address, by TCP and UDP.
func Serve(port int) error {
	address := net.JoinHostPort("", strconv.Itoa(port))
	listener, err := net.Listen("tcp4", address)
	if err != nil {
		return err
	}
	packets, err := net.ListenPacket("udp4", address)
	if err != nil {
		return err
	}
	go func() {
		for {
			_, client, err := packets.ReadFrom(make([]byte, 1))
			if err != nil {
				continue
			}
			_, _ = packets.WriteTo([]byte(answer(port, client)), client)
		}
	}()
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		_, _ = conn.Write([]byte(answer(port, conn.RemoteAddr())))
		_ = conn.Close()
	}
}

func answer(port int, client net.Addr) string {
	name, _ := os.Hostname() // the kernel always has one
	ip, _, _ := net.SplitHostPort(client.String())
	return Answer{name, ip, port}.String()
}

// Ask asks the server at address (host:port) by network, tcp or udp. The client's address is chosen by the kernel, unless
// from names one.
func Ask(network, address, from string, timeout time.Duration) (Answer, error) {
	dialer := net.Dialer{Timeout: timeout}
	if ip := net.ParseIP(from); ip != nil && network == "tcp" {
		dialer.LocalAddr = &net.TCPAddr{IP: ip}
	} else if ip != nil {
		dialer.LocalAddr = &net.UDPAddr{IP: ip}
	}
	conn, err := dialer.Dial(network+"4", address)
	if err != nil {
		return Answer{}, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(timeout)); err != nil {
		return Answer{}, err
	}
	if network == "udp" {
		if _, err := conn.Write([]byte("?")); err != nil {
			return Answer{}, err
		}
	}
	text := make([]byte, 256)
	n, err := conn.Read(text)
	if err != nil {
		return Answer{}, err
	}
	return Parse(string(text[:n]))
}
