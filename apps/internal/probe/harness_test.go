package probe

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/dnstest"
	"example.com/kubernetes-networking/apps/internal/problem"
)

// demo is the allowlist of the Pods in the tests.
var demo = contract.Allowlist[string]{
	Targets: "http://orders.shop.svc:80,postgresql://orders-database.shop.svc:5432,tcp://kubernetes.default.svc:443," +
		"http://localhost:8081,http://nobody.shop.svc:80,http://busy.shop.svc:80,http://collector.example:4318",
	Pods: "http://pods.shop.svc:8080,postgresql://pods.shop.svc:5432",
}

var (
	serviceIP = netip.MustParseAddr("10.96.0.7")
	podIP     = netip.MustParseAddr("10.244.1.7")
)

// clusterDNS serves the names of the demo, and one without a response.
func clusterDNS(t *testing.T, pods netip.Addr) {
	t.Helper()
	dnstest.Use(t, map[string]netip.Addr{
		"orders.shop.svc": serviceIP, "orders-database.shop.svc": serviceIP, "kubernetes.default.svc": serviceIP,
		"busy.shop.svc": {}, "pods.shop.svc": pods, "evil.example": netip.MustParseAddr("10.96.0.66"),
	})
}

// pod is a measuring Pod. It can connect to the addresses in ways, host:port, which map to listeners of the test.
type pod struct {
	apitest.API
	prober *prober
	mutex  sync.Mutex
	dialed []string
	// lost has a message for each connection on a way where packets get lost, up to as many as are measured at once.
	lost chan struct{}
}

func newPod(t *testing.T, ways map[string]string) *pod {
	t.Helper()
	prober, err := newProber(demo)
	if err != nil {
		t.Fatal(err)
	}
	p := &pod{prober: prober, lost: make(chan struct{}, atOnce)}
	prober.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		p.mutex.Lock()
		p.dialed = append(p.dialed, address)
		p.mutex.Unlock()
		switch to := ways[address]; to {
		case "":
			return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
		case dropped:
			select {
			case p.lost <- struct{}{}:
			default: // nobody counts them
			}
			<-ctx.Done()
			return nil, &net.OpError{Op: "dial", Net: network, Err: ctx.Err()}
		default:
			return new(net.Dialer).DialContext(ctx, network, to)
		}
	}
	prober.resolvConf = filepath.Join(t.TempDir(), "resolv.conf")
	const content = "search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n"
	if err := os.WriteFile(prober.resolvConf, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	p.API = apitest.Serve(t, prober)
	return p
}

// dropped is a way that drops packets.
const dropped = "dropped"

// connections returns the addresses that the Pod connected to since the last call.
func (p *pod) connections() []string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	dialed := p.dialed
	p.dialed = nil
	return dialed
}

func (p *pod) measure(t *testing.T, target string) Measurement {
	t.Helper()
	measurement := read[Measurement](t, p.Do(t, "GET", "/measurement?url="+url.QueryEscape(target), ""))
	if hostname, err := os.Hostname(); err != nil || measurement.URL != target || measurement.From != hostname {
		t.Errorf("%s was measured from %s; want %s from %s, %v", measurement.URL, measurement.From, target, hostname, err)
	}
	if measurement.Milliseconds <= 0 || measurement.Milliseconds > 5000 {
		t.Errorf("it took %f milliseconds", measurement.Milliseconds)
	}
	return measurement
}

// read decodes the data of an answer.
func read[T any](t *testing.T, answer apitest.Answer) T {
	t.Helper()
	if answer.Status != 200 || answer.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("got %d %s: %s", answer.Status, answer.Header.Get("Content-Type"), answer.Text)
	}
	var body struct{ Data T }
	decoder := json.NewDecoder(strings.NewReader(answer.Text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&body); err != nil {
		t.Fatalf("read %s: %v", answer.Text, err)
	}
	return body.Data
}

// refused checks the status for a target, and that the Pod made no connection.
func (p *pod) refused(t *testing.T, target string, status int) {
	t.Helper()
	answer := p.Do(t, "GET", "/measurement?url="+url.QueryEscape(target), "")
	if answer.Status != status || answer.Header.Get("Content-Type") != problem.ContentType {
		t.Errorf("%s: got %d, want %d: %s", target, answer.Status, status, answer.Text)
	}
	if dialed := p.connections(); dialed != nil {
		t.Errorf("%s: there were connections to %s, want none", target, dialed)
	}
}

// listen serves every connection until the test ends, and returns its address.
func listen(t *testing.T, answer func(net.Conn)) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var answering sync.WaitGroup
	answering.Go(func() {
		for {
			connection, err := listener.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				t.Error(err)
				return
			}
			answering.Go(func() {
				defer connection.Close()
				answer(connection)
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		answering.Wait()
	})
	return listener.Addr().String()
}

// host returns the address of an API without its scheme.
func host(api apitest.API) string { return strings.TrimPrefix(api.URL, "http://") }

// types returns the types of queries, sorted: A and AAAA are sent concurrently.
func types(queries []Query) []string {
	var all []string
	for _, query := range queries {
		all = append(all, query.Type+" "+query.Name+" "+query.Outcome)
	}
	slices.Sort(all)
	return all
}
