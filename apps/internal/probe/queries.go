package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// The outcomes of a query without a response. The third one is that of a timeout, "no answer in 2 s".
const (
	rejected = "no answer (rejected)"          // by an ICMP message: a policy rejects it, or nothing listens
	broken   = "no answer (connection closed)" // of DNS over TCP
)

// responseCodes are the names of those that resolvers meet, RFC 1035 section 4.1.1. A server sends them: a query that was
// rejected on its way has none.
var responseCodes = map[dnsmessage.RCode]string{
	dnsmessage.RCodeSuccess: "NOERROR", dnsmessage.RCodeFormatError: "FORMERR", dnsmessage.RCodeServerFailure: "SERVFAIL",
	dnsmessage.RCodeNameError: "NXDOMAIN", dnsmessage.RCodeNotImplemented: "NOTIMP", dnsmessage.RCodeRefused: "REFUSED",
}

// queries records what a resolver asks, from the connections that it asks on.
type queries struct {
	mutex       sync.Mutex
	asked       []*sentQuery
	connections []net.Conn
}

// sentQuery is a query that was sent. Its Outcome is empty until it has one.
type sentQuery struct {
	Query
	id   uint16
	sent time.Time
}

// dial opens a connection to a DNS server for a net.Resolver.
func (q *queries) dial(ctx context.Context, network, address string) (net.Conn, error) {
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

// end returns the queries in the order in which they were sent. The resolver may still wait for one when the look-up's
// time is over: its connection is closed, so that it does not go on waiting, and nothing is left behind.
func (q *queries) end() []Query {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	all := []Query{}
	for _, asked := range q.asked {
		asked.timeOut()
		all = append(all, asked.Query)
	}
	for _, connection := range q.connections {
		connection.Close()
	}
	return all
}

// send notes a query that leaves. It returns nil if the message is none.
func (q *queries) send(message []byte, server net.Addr) *sentQuery {
	var parser dnsmessage.Parser
	header, err := parser.Start(message)
	if err != nil {
		return nil
	}
	first, err := parser.Question()
	if err != nil {
		return nil
	}
	sent := &sentQuery{id: header.ID, sent: time.Now(), Query: Query{
		Name: first.Name.String(), Type: strings.TrimPrefix(first.Type.String(), "Type"), Server: server.String(), Addresses: []netip.Addr{},
	}}
	q.mutex.Lock()
	defer q.mutex.Unlock()
	sent.Retry = q.unanswered(sent.Query)
	q.asked = append(q.asked, sent)
	return sent
}

// unanswered reports whether the same query was sent before and has no response. It is called with the mutex locked.
func (q *queries) unanswered(query Query) bool {
	return slices.ContainsFunc(q.asked, func(earlier *sentQuery) bool {
		return earlier.Name == query.Name && earlier.Type == query.Type && !earlier.Answered
	})
}

// receive notes the answer to a query. One to another query, which may come from anybody, the resolver ignores too.
func (q *queries) receive(to *sentQuery, message []byte) {
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
	if !named {
		outcome = fmt.Sprintf("RCODE %d", answer.RCode)
	}
	if answer.Truncated { // too long for a datagram: the same query follows over TCP
		outcome += " (truncated)"
	}
	to.Answered = true
	to.finish(outcome)
}

// fail notes that no answer can come on the connection of a query any more.
func (q *queries) fail(asked *sentQuery, err error) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	var network net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		asked.finish(rejected)
	case errors.As(err, &network) && network.Timeout():
		asked.timeOut()
	default:
		asked.finish(broken)
	}
}

// timeOut notes that no response came in the time until now.
func (q *sentQuery) timeOut() {
	q.finish(fmt.Sprintf("no answer in %.2g s", time.Since(q.sent).Seconds()))
}

// finish notes the first outcome, and when it was.
func (q *sentQuery) finish(outcome string) {
	if q.Outcome == "" {
		q.Outcome, q.Milliseconds = outcome, milliseconds(q.sent)
	}
}
