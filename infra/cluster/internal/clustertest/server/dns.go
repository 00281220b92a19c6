package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/miekg/dns"
)

// query sends one question to the Pod's name server. It replies with the response code and the answers in the format of
// zone files, one on each line.
func query(w http.ResponseWriter, r *http.Request) {
	config, err := dns.ClientConfigFromFile(resolvConf)
	if err == nil && len(config.Servers) == 0 {
		err = fmt.Errorf("%s names no server", resolvConf)
	}
	if err != nil {
		reply(w, "", err)
		return
	}
	question := new(dns.Msg).SetQuestion(dns.Fqdn(r.FormValue("name")), dns.StringToType[r.FormValue("type")])
	question.SetEdns0(dns.MaxMsgSize, false) // otherwise long answers are truncated
	response, _, err := new(dns.Client).ExchangeContext(r.Context(), question, net.JoinHostPort(config.Servers[0], config.Port))
	if err != nil {
		reply(w, "", err)
		return
	}
	lines := []string{dns.RcodeToString[response.Rcode]}
	for _, record := range response.Answer {
		record.Header().Ttl = 0 // it varies
		lines = append(lines, strings.ReplaceAll(record.String(), "\t", " "))
	}
	reply(w, strings.Join(lines, "\n"), nil)
}

// lookup resolves a name with the settings of resolv.conf, as programs do. It replies with the result and the names of
// all queries in order, one on each line.
func lookup(w http.ResponseWriter, r *http.Request) {
	var sent queries
	resolver := &net.Resolver{PreferGo: true, Dial: sent.dial}
	addresses, err := resolver.LookupHost(r.Context(), r.FormValue("name"))
	result := strings.Join(addresses, " ")
	if dnsErr := (*net.DNSError)(nil); errors.As(err, &dnsErr) && dnsErr.IsNotFound {
		result = "no such host"
	} else if err != nil {
		reply(w, "", err)
		return
	}
	reply(w, result+"\n"+strings.Join(sent.names, "\n"), nil)
}

// queries records the names that a resolver queries. It queries each name for IPv4 and IPv6 at the same time.
type queries struct {
	mutex sync.Mutex
	names []string
}

func (q *queries) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if udp, ok := conn.(*net.UDPConn); ok {
		return &recorder{udp, q}, nil
	}
	return conn, err
}

// recorder records the queries on a connection to a name server.
type recorder struct {
	*net.UDPConn
	sent *queries
}

func (r *recorder) Write(packet []byte) (int, error) {
	var message dns.Msg
	if message.Unpack(packet) == nil {
		r.sent.mutex.Lock()
		defer r.sent.mutex.Unlock()
		for _, question := range message.Question {
			r.sent.names = append(r.sent.names, dns.TypeToString[question.Qtype]+" "+question.Name)
		}
	}
	return r.UDPConn.Write(packet)
}
