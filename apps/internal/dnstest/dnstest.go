// Package dnstest stands in for a cluster's DNS: a DNS server on the loopback address with the names of a test.
package dnstest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// Use makes this process resolve names with a server of its own until the test ends. A name without an address is one
// whose questions are never answered; every other name does not exist.
func Use(t *testing.T, names map[string]netip.Addr) {
	t.Helper()
	connection, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go serve(t, connection, names)
	before := net.DefaultResolver
	// The dialer has a resolver of its own: a question that nobody waits for any more would read net's while Cleanup writes it.
	dialer := &net.Dialer{Resolver: new(net.Resolver)}
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, "udp", connection.LocalAddr().String())
	}}
	t.Cleanup(func() {
		net.DefaultResolver = before
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
