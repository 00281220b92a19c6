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

// The outcomes of a query without a response. The third is a timeout, such as "no answer in 2 s".
const (
	rejected = "no answer (rejected)"          // by ICMP: a policy rejects the packet, or nothing listens
	broken   = "no answer (connection closed)" // DNS over TCP only
)

// responseCodes are the names of the response codes in RFC 1035 section 4.1.1.
var responseCodes = map[dnsmessage.RCode]string{
	dnsmessage.RCodeSuccess: "NOERROR", dnsmessage.RCodeFormatError: "FORMERR", dnsmessage.RCodeServerFailure: "SERVFAIL",
	dnsmessage.RCodeNameError: "NXDOMAIN", dnsmessage.RCodeNotImplemented: "NOTIMP", dnsmessage.RCodeRefused: "REFUSED",
}

// queries records the DNS queries of a resolver by watching its connections.
type queries struct {
	mutex       sync.Mutex
	sent        []*sentQuery
	connections []net.Conn
}

// sentQuery is a query that was sent. Its Outcome is empty while it waits for a response.
type sentQuery struct {
	Query
	id   uint16
	sent time.Time
}

// dial opens a connection to a DNS server for a net.Resolver.
func (q *queries) dial(ctx context.Context, network, address string) (net.Conn, error) {
	dial := net.DefaultResolver.Dial // set by tests, see package dnstest
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

// end returns the queries in the order in which they were sent, and closes the connections. After a timeout the resolver
// may still wait on one of them.
func (q *queries) end() []Query {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	all := []Query{}
	for _, query := range q.sent {
		query.timeOut()
		all = append(all, query.Query)
	}
	for _, connection := range q.connections {
		connection.Close()
	}
	return all
}

// send records a query. It returns nil if the message is not a query.
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
	q.sent = append(q.sent, sent)
	return sent
}

// unanswered reports whether the same query was sent before and has no response. The caller holds the mutex.
func (q *queries) unanswered(query Query) bool {
	return slices.ContainsFunc(q.sent, func(earlier *sentQuery) bool {
		return earlier.Name == query.Name && earlier.Type == query.Type && !earlier.Answered
	})
}

// receive records the response to a query. Like the resolver, it ignores responses to other queries, which may be forged.
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
	if answer.Truncated { // too long for a datagram: the resolver repeats the query over TCP
		outcome += " (truncated)"
	}
	to.Answered = true
	to.finish(outcome)
}

// fail records that the connection of a query failed.
func (q *queries) fail(query *sentQuery, err error) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	var network net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		query.finish(rejected)
	case errors.As(err, &network) && network.Timeout():
		query.timeOut()
	default:
		query.finish(broken)
	}
}

// timeOut records that no response came up to now.
func (q *sentQuery) timeOut() {
	q.finish(fmt.Sprintf("no answer in %.2g s", time.Since(q.sent).Seconds()))
}

// finish records the first outcome and its time.
func (q *sentQuery) finish(outcome string) {
	if q.Outcome == "" {
		q.Outcome, q.Milliseconds = outcome, milliseconds(q.sent)
	}
}
