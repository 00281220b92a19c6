// Package who is the protocol of the end-to-end tests' server. The server sends its own name and the client's address
// to each client that connects or sends a packet.
package who

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"time"
)

// Answer is the reply of a server.
type Answer struct {
	Server string // host name of the server, which is the name of its Pod
	Client string // IP address of the client, as the server sees it
	Port   int    // port of the server
}

func (a Answer) String() string { return fmt.Sprintf("%s %s %d", a.Server, a.Client, a.Port) }

// Parse parses the result of String.
func Parse(text string) (a Answer, err error) {
	_, err = fmt.Sscan(text, &a.Server, &a.Client, &a.Port)
	return a, err
}

// Serve replies on a port of every address, over TCP and UDP. It returns only on an error.
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

// Ask requests an answer from the server at address (host:port) over network, tcp or udp. The client's IP address is
// from, or chosen by the kernel if from is empty.
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
