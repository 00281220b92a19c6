package probe

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"golang.org/x/time/rate"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/problem"
)

const (
	// stepTimeout is for one step: to resolve, to connect, to be answered. A step inside a cluster takes milliseconds, and
	// callers of the demo's services give up after one second.
	stepTimeout = 2 * time.Second
	// timeout is for all steps together, well below the 12 seconds in which package server wants an answer to have left.
	timeout = 4 * time.Second
	// perSecond and burst are what one Pod measures for a caller that asks without end. The explorer asks each Pod some
	// tens of queries every few seconds, and all at once where somebody has the matrix measured.
	perSecond, burst = 100, 200
	// atOnce bounds the sockets of measurements that wait for their time-outs.
	atOnce = 64
	// resolvConf is where the kubelet writes a Pod's DNS configuration.
	resolvConf = "/etc/resolv.conf"
)

// prober measures from inside of this Pod.
type prober struct {
	pod        string
	allowed    *allowlist
	dial       func(ctx context.Context, network, address string) (net.Conn, error)
	resolvConf string
	limiter    *rate.Limiter
	underWay   chan struct{}
}

// Handler answers GET /measurement?url=… with a Measurement and GET /resolution?name=… with a Resolution, both in the member
// data. What is not within reach is refused with 403, and who asks too often with 429.
func Handler(allowed contract.Allowlist[string]) (http.Handler, error) {
	return newProber(allowed)
}

func newProber(declared contract.Allowlist[string]) (*prober, error) {
	allowed, err := newAllowlist(declared)
	if err != nil {
		return nil, fmt.Errorf("read the allowlist: %w", err)
	}
	pod, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("read the name of this Pod: %w", err)
	}
	return &prober{
		pod:        pod,
		allowed:    allowed,
		dial:       new(net.Dialer).DialContext,
		resolvConf: resolvConf,
		limiter:    rate.NewLimiter(perSecond, burst),
		underWay:   make(chan struct{}, atOnce),
	}, nil
}

// ServeHTTP answers a request. It logs nothing: the explorer asks for as long as somebody looks at it.
func (m *prober) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	data, err := m.answer(w, r)
	if err != nil {
		problem.Write(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	// If the caller hangs up now there is nobody left to tell.
	_ = json.NewEncoder(w).Encode(map[string]any{"data": data})
}

func (m *prober) answer(w http.ResponseWriter, r *http.Request) (any, error) {
	// http.ServeMux is not for this, see package server.
	asked, known := map[string]func(context.Context, *http.Request) (any, error){
		"/measurement": m.measurement,
		"/resolution":  m.resolution,
	}[r.URL.Path]
	if !known {
		return nil, problem.New(http.StatusNotFound, "There is nothing at %s. Ask GET /measurement or GET /resolution.", r.URL.EscapedPath())
	}
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		return nil, problem.New(http.StatusMethodNotAllowed, "%s does not take %s, see the header Allow.", r.URL.Path, r.Method)
	}
	if !m.limiter.Allow() {
		return nil, problem.New(http.StatusTooManyRequests, "This Pod measures %d times a second at most. Ask again later.", perSecond)
	}
	select {
	case m.underWay <- struct{}{}:
		defer func() { <-m.underWay }()
	default:
		return nil, problem.New(http.StatusTooManyRequests, "This Pod measures %d connections at once at most. Ask again later.", atOnce)
	}
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	defer cancel()
	return asked(ctx, r)
}

func (m *prober) measurement(ctx context.Context, r *http.Request) (any, error) {
	text, err := parameter(r, "url", "It has to be a URL such as http://orders.shop.svc:80, once.")
	if err != nil {
		return nil, err
	}
	target, err := contract.ParseTarget(text)
	if err != nil {
		return nil, problem.Invalid(problem.Field{Name: "url", Detail: err.Error() + "."})
	}
	if err := m.allowed.check(ctx, target); err != nil {
		return nil, err
	}
	return m.measure(ctx, target), nil
}

func (m *prober) resolution(ctx context.Context, r *http.Request) (any, error) {
	const detail = "It has to be a host name such as orders or orders.shop.svc, once."
	name, err := parameter(r, "name", detail)
	if err != nil {
		return nil, err
	}
	if !contract.IsHostName(name) {
		return nil, problem.Invalid(problem.Field{Name: "name", Detail: detail})
	}
	if err := m.allowed.checkName(name, readResolver(m.resolvConf).ClusterDomain()); err != nil {
		return nil, err
	}
	return m.resolve(ctx, name), nil
}

// parameter returns the query's only value with this name. Of two values it is not for this side to choose one.
func parameter(r *http.Request, name, detail string) (string, error) {
	values := r.URL.Query()[name]
	if len(values) != 1 || values[0] == "" {
		return "", problem.Invalid(problem.Field{Name: name, Detail: detail})
	}
	return values[0], nil
}

// milliseconds since start, with microseconds behind the point: a hop inside a cluster takes less than one.
func milliseconds(start time.Time) float64 {
	return float64(time.Since(start).Microseconds()) / 1000
}
