package measure

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// What becomes of a question that no response code says.
const (
	timedOut  = "TIMEOUT"
	refused   = "REFUSED"
	broken    = "BROKEN"
	truncated = "TRUNCATED" // the answer is too long for a datagram: the same question follows over TCP
)

// responseCodes are the names of those that resolvers meet, RFC 1035 section 4.1.1. That of 5 is REFUSED, which here is
// the packet: its number keeps the two apart.
var responseCodes = map[dnsmessage.RCode]string{
	dnsmessage.RCodeSuccess: "NOERROR", dnsmessage.RCodeFormatError: "FORMERR", dnsmessage.RCodeServerFailure: "SERVFAIL",
	dnsmessage.RCodeNameError: "NXDOMAIN", dnsmessage.RCodeNotImplemented: "NOTIMP",
}

// questions records what a resolver asks, from the connections that it asks on.
type questions struct {
	mutex       sync.Mutex
	asked       []*question
	connections []net.Conn
}

// question is one that was sent. Its Outcome is empty until it has one.
type question struct {
	Question
	id   uint16
	sent time.Time
}

// dial opens a connection to a DNS server for a net.Resolver.
func (q *questions) dial(ctx context.Context, network, address string) (net.Conn, error) {
	dial := net.DefaultResolver.Dial // a test's, see package dnstest
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	connection, err := dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.connections = append(q.connections, connection)
	return q.watch(connection), nil
}

// end returns the questions in the order in which they were sent. The resolver may still wait for one when the look-up's
// time is over: its connection is closed, so that it does not go on waiting, and nothing is left behind.
func (q *questions) end() []Question {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	all := []Question{}
	for _, asked := range q.asked {
		asked.finish(timedOut)
		all = append(all, asked.Question)
	}
	for _, connection := range q.connections {
		connection.Close()
	}
	return all
}

// send notes a question that leaves. It returns nil if the message is none.
func (q *questions) send(message []byte, server net.Addr) *question {
	var parser dnsmessage.Parser
	header, err := parser.Start(message)
	if err != nil {
		return nil
	}
	first, err := parser.Question()
	if err != nil {
		return nil
	}
	sent := &question{id: header.ID, sent: time.Now(), Question: Question{
		Name: first.Name.String(), Type: strings.TrimPrefix(first.Type.String(), "Type"), Server: server.String(), Addresses: []netip.Addr{},
	}}
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.asked = append(q.asked, sent)
	return sent
}

// receive notes the answer to a question. One to another question, which may come from anybody, the resolver ignores too.
func (q *questions) receive(to *question, message []byte) {
	var answer dnsmessage.Message
	if err := answer.Unpack(message); err != nil || answer.ID != to.id || !answer.Response {
		return
	}
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if to.Outcome != "" {
		return
	}
	for _, resource := range answer.Answers {
		switch body := resource.Body.(type) {
		case *dnsmessage.AResource:
			to.Addresses = append(to.Addresses, netip.AddrFrom4(body.A))
		case *dnsmessage.AAAAResource:
			to.Addresses = append(to.Addresses, netip.AddrFrom16(body.AAAA))
		}
	}
	outcome, named := responseCodes[answer.RCode]
	switch {
	case answer.Truncated:
		outcome = truncated
	case !named:
		outcome = fmt.Sprintf("RCODE %d", answer.RCode)
	}
	to.finish(outcome)
}

// fail notes that no answer can come on the connection of a question any more.
func (q *questions) fail(asked *question, err error) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	var network net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		asked.finish(refused)
	case errors.As(err, &network) && network.Timeout():
		asked.finish(timedOut)
	default:
		asked.finish(broken)
	}
}

// finish notes the first outcome, and when it was.
func (q *question) finish(outcome string) {
	if q.Outcome == "" {
		q.Outcome, q.Milliseconds = outcome, milliseconds(q.sent)
	}
}
