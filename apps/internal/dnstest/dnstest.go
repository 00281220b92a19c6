// Package dnstest stands in for a cluster's DNS: a DNS server on the loopback address with the names of a test.
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

// server is the address of the DNS server that answers, nil for the machine's own ones.
var server atomic.Pointer[string]

// The process gets its resolver once, before anybody resolves: HTTP clients dial in the background, also after the request
// that they dial for is answered, and would read the variable while a test writes it.
func init() {
	dialer := &net.Dialer{Resolver: new(net.Resolver)}
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		if own := server.Load(); own != nil {
			return dialer.DialContext(ctx, "udp", *own)
		}
		return dialer.DialContext(ctx, network, address)
	}}
}

// Use makes this process resolve names with a server of its own until the test ends. A name without an address is one
// whose questions are never answered; every other name does not exist.
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
			t.Error(fmt.Errorf("answer a DNS question: %w", err))
		}
	}
}

// answer turns a question into its answer, and reports whether there is one.
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
