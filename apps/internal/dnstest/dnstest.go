// Package dnstest replaces the DNS server of a cluster in tests: Use starts one on a loopback address.
package dnstest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// server is the address of the test's DNS server, nil for the machine's own.
var server atomic.Pointer[string]

// init sets the resolver once, before anything uses it. A test that set it later would race with HTTP clients, which may
// dial in the background even after their request is answered.
func init() {
	dialer := &net.Dialer{Resolver: new(net.Resolver)}
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		if own := server.Load(); own != nil {
			return dialer.DialContext(ctx, "udp", *own)
		}
		return dialer.DialContext(ctx, network, address)
	}}
}

// Use makes the process resolve names with a new DNS server until the test ends. The server does not respond for a name
// with an invalid address. All names that are not in the map do not exist.
func Use(t *testing.T, names map[string]netip.Addr) {
	t.Helper()
	connection, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go serve(t, connection, names)
	address := connection.LocalAddr().String()
	before := server.Swap(&address)
	t.Cleanup(func() {
		server.Store(before)
		connection.Close()
	})
}

func serve(t *testing.T, connection net.PacketConn, names map[string]netip.Addr) {
	question := make([]byte, 1<<10)
	for {
		length, from, err := connection.ReadFrom(question)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		var message dnsmessage.Message
		if err == nil {
			err = message.Unpack(question[:length])
		}
		if err == nil && answer(&message, names) {
			var packed []byte
			if packed, err = message.Pack(); err == nil {
				_, err = connection.WriteTo(packed, from)
			}
		}
		if err != nil {
			t.Error(fmt.Errorf("answer a DNS query: %w", err))
		}
	}
}

// answer turns a query into its response. It reports false for no response.
func answer(message *dnsmessage.Message, names map[string]netip.Addr) bool {
	question := message.Questions[0]
	address, known := names[strings.TrimSuffix(question.Name.String(), ".")]
	message.Response, message.Authoritative, message.Additionals = true, true, nil
	switch {
	case !known:
		message.RCode = dnsmessage.RCodeNameError
	case !address.IsValid():
		return false
	case question.Type == dnsmessage.TypeA:
		message.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: question.Name, Class: dnsmessage.ClassINET},
			Body:   &dnsmessage.AResource{A: address.As4()},
		}}
	}
	return true
}
