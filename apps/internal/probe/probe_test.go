package probe

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/contract/failure"
	"example.com/kubernetes-networking/apps/internal/apitest"
)

// ready serves a Pod that is ready, and returns the requests that it got.
func ready(t *testing.T, asked chan<- *http.Request) string {
	t.Helper()
	return host(apitest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked != nil && r.URL.Path != "/openapi.json" {
			asked <- r
		}
		w.Header().Set("Pod", "orders-7d9f-x2x4z")
		w.WriteHeader(http.StatusNoContent)
	})))
}

func TestEachStepIsMeasured(t *testing.T) {
	clusterDNS(t, podIP)
	asked := make(chan *http.Request, 1)
	listens := ready(t, asked)
	pod := newPod(t, map[string]string{"10.96.0.7:80": listens})
	got := pod.measure(t, "http://orders.shop.svc:80")

	if got.Failure != nil || got.Resolution == nil || got.Connection == nil || got.Answer == nil {
		t.Fatalf("got %+v, want all steps", got)
	}
	if !slices.Equal(got.Resolution.Addresses, []netip.Addr{serviceIP}) || got.Resolution.Name != "orders.shop.svc" || got.Resolution.Failure != nil {
		t.Errorf("got the resolution %+v, want %s", got.Resolution, serviceIP)
	}
	if dialed := pod.connections(); !slices.Equal(dialed, []string{"10.96.0.7:80"}) {
		t.Errorf("connected to %s, want the address that was resolved", dialed)
	}
	if got.Connection.Remote != listens || got.Connection.Local == "" {
		t.Errorf("got the connection %+v, want one to %s", got.Connection, listens)
	}
	if got.Answer.Status != 204 || got.Answer.Text != "204 No Content" || got.Answer.Pod != "orders-7d9f-x2x4z" {
		t.Errorf("got the answer %+v, want 204 from the Pod orders-7d9f-x2x4z", got.Answer)
	}
	steps := got.Resolution.Milliseconds + got.Connection.Milliseconds + got.Answer.Milliseconds
	if got.Connection.Milliseconds <= 0 || got.Answer.Milliseconds <= 0 || steps > got.Milliseconds {
		t.Errorf("the steps took %f of %f milliseconds: %+v", steps, got.Milliseconds, got)
	}
	request := <-asked
	if said := request.Method + " " + request.Host + request.RequestURI + " " + request.UserAgent(); said != "GET orders.shop.svc:80/readyz kubernetes-networking-probe" {
		t.Errorf("it was asked %s", said)
	}
}

func TestPostgreSQLReportsTLS(t *testing.T) {
	clusterDNS(t, podIP)
	for said, want := range map[string]Answer{"S": {Text: "PostgreSQL, with TLS"}, "N": {Text: "PostgreSQL, without TLS"}} {
		listens := listen(t, func(connection net.Conn) {
			asked := make([]byte, 8)
			if _, err := io.ReadFull(connection, asked); err != nil || string(asked) != "\x00\x00\x00\x08\x04\xd2\x16\x2f" {
				t.Errorf("it was asked %x, %v; want an SSLRequest", asked, err)
			}
			_, _ = io.WriteString(connection, said)
		})
		got := newPod(t, map[string]string{"10.96.0.7:5432": listens}).measure(t, "postgresql://orders-database.shop.svc:5432")
		if got.Failure != nil || got.Answer == nil {
			t.Fatalf("got %+v, want an answer", got)
		}
		want.Milliseconds = got.Answer.Milliseconds
		if *got.Answer != want || want.Milliseconds <= 0 {
			t.Errorf("got the answer %+v, want %+v", *got.Answer, want)
		}
	}
}

func TestOfOtherProtocolsOnlyTheConnectionIsMeasured(t *testing.T) {
	clusterDNS(t, podIP)
	listens := listen(t, func(net.Conn) {})
	got := newPod(t, map[string]string{"10.96.0.7:443": listens}).measure(t, "tcp://kubernetes.default.svc:443")
	if got.Failure != nil || got.Answer != nil || got.Connection == nil || got.Connection.Remote != listens {
		t.Errorf("got %+v, want a connection to %s and nothing else", got, listens)
	}
}

func TestAPodIsMeasuredByItsAddress(t *testing.T) {
	clusterDNS(t, podIP)
	pod := newPod(t, map[string]string{"10.244.1.7:8080": ready(t, nil)})
	got := pod.measure(t, "http://10.244.1.7:8080")
	if got.Failure != nil || got.Resolution != nil || got.Answer == nil || got.Answer.Pod != "orders-7d9f-x2x4z" {
		t.Errorf("got %+v, want an answer and no resolution", got)
	}
}

func TestLocalhostNeedsNoQuery(t *testing.T) {
	clusterDNS(t, podIP)
	got := newPod(t, map[string]string{"127.0.0.1:8081": ready(t, nil)}).measure(t, "http://localhost:8081")
	if got.Failure != nil || got.Resolution == nil || len(got.Resolution.Queries) != 0 || got.Answer == nil {
		t.Errorf("got %+v, want an answer and no queries", got)
	}
}

func TestAnAddressThatDropsPacketsLeavesTimeForTheNext(t *testing.T) {
	listens := ready(t, nil)
	pod := newPod(t, map[string]string{"10.96.0.7:80": dropped, "10.96.0.8:80": listens})
	connection, err := pod.prober.connect(t.Context(), []netip.Addr{serviceIP, serviceIP.Next()}, 80)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if got := connection.RemoteAddr().String(); got != listens {
		t.Errorf("connected to %s, want %s", got, listens)
	}
	if _, err := pod.prober.connect(t.Context(), nil, 80); !errors.Is(err, errNoAddress) {
		t.Errorf("got %v of no address, want %v", err, errNoAddress)
	}
}

func TestEachFailureNamesItsStep(t *testing.T) {
	clusterDNS(t, podIP)
	answering := func(with string) string {
		return listen(t, func(connection net.Conn) {
			_, _ = connection.Read(make([]byte, 1<<10))
			_, _ = io.WriteString(connection, with)
		})
	}
	const orders, database, http5xx = "http://orders.shop.svc:80", "postgresql://orders-database.shop.svc:5432", "HTTP/1.1 503 Whatever\r\nRetry-After: 1\r\n\r\n"
	for name, test := range map[string]struct {
		target, way string
		steps       string // those that it came to
		want        failure.Failure
	}{
		"unknown name": {
			"http://nobody.shop.svc:80", "", "resolution",
			failure.Failure{Code: failure.DNS, Detail: "The name nobody.shop.svc does not exist: no DNS server has an address for it."},
		},
		"DNS away": {
			"http://busy.shop.svc:80", "", "resolution",
			failure.Failure{Code: failure.DNS, Detail: "The name busy.shop.svc could not be looked up: no DNS server answered."},
		},
		"refused": {
			orders, "", "resolution",
			failure.Failure{Code: failure.Refused, Detail: "The connection was refused: nothing listens on that address and port, or a network policy rejects it."},
		},
		"dropped": {
			orders, dropped, "resolution",
			failure.Failure{Code: failure.Timeout, Detail: "Nothing answered in time: the address is not in use, the host is too busy, or packets are dropped."},
		},
		"slow": {
			orders, listen(t, func(connection net.Conn) { _, _ = io.Copy(io.Discard, connection) }), "resolution connection",
			failure.Failure{Code: failure.Timeout, Detail: "The connection succeeded, but no answer came within 2s."},
		},
		"failing": {
			orders, answering(http5xx), "resolution connection answer",
			failure.Failure{Code: failure.Server, Detail: "The answer is 503 Service Unavailable."},
		},
		"closed": {
			orders, answering(""), "resolution connection",
			failure.Failure{Code: failure.Other, Detail: "It failed: the connection succeeded, and then: EOF."},
		},
		"endless head": {
			orders, answering("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 2*maxHead)), "resolution connection",
			failure.Failure{Code: failure.Other, Detail: "It failed: the connection succeeded, and then: unexpected EOF."},
		},
		"no PostgreSQL": {
			database, answering("HTTP/1.1 400"), "resolution connection",
			failure.Failure{Code: failure.Other, Detail: `It failed: the connection succeeded, and then: the answer to PostgreSQL's SSLRequest is "H", want S or N.`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := newPod(t, map[string]string{"10.96.0.7:80": test.way, "10.96.0.7:5432": test.way}).measure(t, test.target)
			var steps []string
			for _, step := range []string{"Resolution", "Connection", "Answer"} {
				if !reflect.ValueOf(got).FieldByName(step).IsNil() {
					steps = append(steps, strings.ToLower(step))
				}
			}
			if got.Failure == nil || *got.Failure != test.want || strings.Join(steps, " ") != test.steps {
				t.Errorf("got  %+v after %s\nwant %+v after %s", got.Failure, steps, test.want, test.steps)
			}
		})
	}
}
