package probe

import (
	"net"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// pack encodes a message about orders.shop.svc with the id 7.
func pack(t *testing.T, header dnsmessage.Header, answers ...dnsmessage.Resource) []byte {
	t.Helper()
	header.ID = 7
	name := dnsmessage.MustNewName("orders.shop.svc.")
	for i := range answers {
		answers[i].Header = dnsmessage.ResourceHeader{Name: name, Class: dnsmessage.ClassINET}
	}
	message := dnsmessage.Message{
		Header: header, Questions: []dnsmessage.Question{{Name: name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}}, Answers: answers,
	}
	packed, err := message.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return packed
}

// ask sends a query and reads the response, a byte or a datagram at a time.
func ask(t *testing.T, connection net.Conn, query []byte, times int) []Query {
	t.Helper()
	asked := new(queries)
	watched := asked.watch(connection)
	if _, err := watched.Write(query); err != nil {
		t.Fatal(err)
	}
	size := 1 << 10
	if _, datagrams := watched.(net.PacketConn); !datagrams {
		size = 1
	}
	for range times {
		if _, err := watched.Read(make([]byte, size)); err != nil {
			break
		}
	}
	return asked.end()
}

func TestEachResponseHasAName(t *testing.T) {
	address := dnsmessage.Resource{Body: &dnsmessage.AResource{A: serviceIP.As4()}}
	for want, response := range map[string][]byte{
		"NOERROR":  pack(t, dnsmessage.Header{Response: true}, address, dnsmessage.Resource{Body: &dnsmessage.CNAMEResource{CNAME: dnsmessage.MustNewName("a.")}}),
		"NXDOMAIN": pack(t, dnsmessage.Header{Response: true, RCode: dnsmessage.RCodeNameError}),
		"SERVFAIL": pack(t, dnsmessage.Header{Response: true, RCode: dnsmessage.RCodeServerFailure}),
		"REFUSED":  pack(t, dnsmessage.Header{Response: true, RCode: dnsmessage.RCodeRefused}),
		"RCODE 9":  pack(t, dnsmessage.Header{Response: true, RCode: 9}),

		"NOERROR (truncated)": pack(t, dnsmessage.Header{Response: true, Truncated: true}),
	} {
		server, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		go func() {
			_, from, err := server.ReadFrom(make([]byte, 1<<10))
			if err == nil {
				_, err = server.WriteTo(response, from)
			}
			if err != nil {
				t.Error(err)
			}
		}()
		connection := dialUDP(t, server.LocalAddr().String())
		got := ask(t, connection, pack(t, dnsmessage.Header{}), 1)
		query := Query{
			Name: "orders.shop.svc.", Type: "A", Server: server.LocalAddr().String(), Outcome: want, Answered: true, Addresses: []netip.Addr{},
		}
		if want == "NOERROR" {
			query.Addresses = []netip.Addr{serviceIP}
		}
		if len(got) == 1 {
			query.Milliseconds = got[0].Milliseconds
		}
		if !reflect.DeepEqual(got, []Query{query}) || query.Milliseconds <= 0 {
			t.Errorf("got %+v, want %+v", got, query)
		}
	}
}

func dialUDP(t *testing.T, address string) net.Conn {
	t.Helper()
	connection, err := new(net.Dialer).DialContext(t.Context(), "udp", address)
	if err != nil {
		t.Fatal(err)
	}
	return connection
}

func TestARejectedQueryHasNoAnswerAndNoResponseCode(t *testing.T) {
	server, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server.Close()
	got := ask(t, dialUDP(t, server.LocalAddr().String()), pack(t, dnsmessage.Header{}), 1)
	if len(got) != 1 || got[0].Answered || got[0].Outcome != "no answer (rejected)" {
		t.Errorf("got %+v, want no answer (rejected)", got)
	}
}

func TestAQueryWithoutAnAnswerThatIsSentAgainIsARetry(t *testing.T) {
	server, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	asked := new(queries)
	query := pack(t, dnsmessage.Header{})
	for range 2 {
		if _, err := asked.watch(dialUDP(t, server.LocalAddr().String())).Write(query); err != nil {
			t.Fatal(err)
		}
	}
	got := asked.end()
	if len(got) != 2 || got[0].Retry || !got[1].Retry {
		t.Fatalf("got %+v, want the second one marked as a retry", got)
	}
	for _, query := range got {
		if query.Answered || !strings.HasPrefix(query.Outcome, "no answer in ") || !strings.HasSuffix(query.Outcome, " s") {
			t.Errorf("got %+v, want how long no answer came", query)
		}
	}
}

// framed prepends the length of a message.
func framed(message []byte) []byte { return append([]byte{0, byte(len(message))}, message...) }

func TestAQueryOverTCPIsReadFromTheStream(t *testing.T) {
	response := framed(pack(t, dnsmessage.Header{Response: true}, dnsmessage.Resource{Body: &dnsmessage.AResource{A: serviceIP.As4()}}))
	near, far := net.Pipe()
	go func() {
		_, err := far.Read(make([]byte, 1<<10))
		if err == nil {
			_, err = far.Write(response)
		}
		if err != nil {
			t.Error(err)
		}
		far.Close()
	}()
	got := ask(t, near, framed(pack(t, dnsmessage.Header{})), len(response))
	if got := types(got); !slices.Equal(got, []string{"A orders.shop.svc. NOERROR"}) {
		t.Errorf("got %q, want NOERROR", got)
	}
	if !slices.Equal(got[0].Addresses, []netip.Addr{serviceIP}) {
		t.Errorf("got the addresses %s, want %s", got[0].Addresses, serviceIP)
	}
}

func TestAStreamThatEndsEarlyIsBroken(t *testing.T) {
	near, far := net.Pipe()
	go func() {
		_, _ = far.Read(make([]byte, 1<<10))
		far.Close()
	}()
	got := ask(t, near, framed(pack(t, dnsmessage.Header{})), 1)
	if len(got) != 1 || got[0].Answered || got[0].Outcome != "no answer (connection closed)" {
		t.Errorf("got %+v, want no answer (connection closed)", got)
	}
}

// After a timeout the resolver keeps waiting for a datagram until its connection is closed.
func TestEndClosesTheConnections(t *testing.T) {
	asked := new(queries)
	server, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	clusterDNS(t, podIP)
	connection, err := asked.dial(t.Context(), "udp", server.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, datagrams := connection.(net.PacketConn); !datagrams {
		t.Error("Go's resolver would take the connection for a stream")
	}
	asked.end()
	if _, err := connection.Write([]byte{0}); err == nil {
		t.Error("the connection is still open")
	}
}
