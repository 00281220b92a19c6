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

// query sends one question to the Pod's name server, and replies with the response code and the answers, a line each, as
// a zone file has them.
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
	question.SetEdns0(dns.MaxMsgSize, false) // or long answers are cut
	response, _, err := new(dns.Client).ExchangeContext(r.Context(), question, net.JoinHostPort(config.Servers[0], config.Port))
	if err != nil {
		reply(w, "", err)
		return
	}
	lines := []string{dns.RcodeToString[response.Rcode]}
	for _, record := range response.Answer {
		record.Header().Ttl = 0 // it is counted down
		lines = append(lines, strings.ReplaceAll(record.String(), "\t", " "))
	}
	reply(w, strings.Join(lines, "\n"), nil)
}

// lookup looks a name up as programs do, by resolv.conf, and replies with the result and then each name that was asked
// for, in order, a line each.
func lookup(w http.ResponseWriter, r *http.Request) {
	var asked questions
	resolver := &net.Resolver{PreferGo: true, Dial: asked.dial}
	addresses, err := resolver.LookupHost(r.Context(), r.FormValue("name"))
	result := strings.Join(addresses, " ")
	if dnsErr := (*net.DNSError)(nil); errors.As(err, &dnsErr) && dnsErr.IsNotFound {
		result = "no such host"
	} else if err != nil {
		reply(w, "", err)
		return
	}
	reply(w, result+"\n"+strings.Join(asked.names, "\n"), nil)
}

// questions are the names that a resolver asks for. It asks for each twice, IPv4 and IPv6, at once.
type questions struct {
	mutex sync.Mutex
	names []string
}

func (q *questions) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if udp, ok := conn.(*net.UDPConn); ok {
		return &listener{udp, q}, nil
	}
	return conn, err
}

// listener overhears a connection to a name server.
type listener struct {
	*net.UDPConn
	heard *questions
}

func (l *listener) Write(packet []byte) (int, error) {
	var message dns.Msg
	if message.Unpack(packet) == nil {
		l.heard.mutex.Lock()
		defer l.heard.mutex.Unlock()
		for _, question := range message.Question {
			l.heard.names = append(l.heard.names, dns.TypeToString[question.Qtype]+" "+question.Name)
		}
	}
	return l.UDPConn.Write(packet)
}
