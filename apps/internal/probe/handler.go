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
	// stepTimeout limits one step: resolve, connect, or wait for the answer. A step inside a cluster takes milliseconds, and
	// the demo's services give up on each other after one second.
	stepTimeout = 2 * time.Second
	// timeout limits all steps together. It is well below the write timeout of package server, 12 s.
	timeout = 4 * time.Second
	// perSecond and burst limit the probes of one Pod. The explorer sends each Pod a few dozen every few seconds, and all of
	// a matrix at once.
	perSecond, burst = 100, 200
	// atOnce limits concurrent probes, and with them the sockets that wait for a timeout.
	atOnce = 64
	// resolvConf is the Pod's DNS configuration, written by the kubelet.
	resolvConf = "/etc/resolv.conf"
)

// prober runs probes from inside this Pod.
type prober struct {
	pod        string
	allowed    *allowlist
	dial       func(ctx context.Context, network, address string) (net.Conn, error)
	resolvConf string
	limiter    *rate.Limiter
	underWay   chan struct{}
}

// Handler returns a handler of GET /measurement?url=…, which returns a Measurement, and GET /resolution?name=…, which
// returns a Resolution, both in the member data. A target that is not on the allowlist is a 403, and too many requests are
// a 429.
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

// ServeHTTP implements http.Handler. It logs nothing, because the explorer sends probes as long as a page is open.
func (p *prober) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	data, err := p.answer(w, r)
	if err != nil {
		problem.Write(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	// An error means that the caller hung up.
	_ = json.NewEncoder(w).Encode(map[string]any{"data": data})
}

func (p *prober) answer(w http.ResponseWriter, r *http.Request) (any, error) {
	// http.ServeMux would redirect unclean paths, see package server.
	serve, known := map[string]func(context.Context, *http.Request) (any, error){
		"/measurement": p.measurement,
		"/resolution":  p.resolution,
	}[r.URL.Path]
	if !known {
		return nil, problem.New(http.StatusNotFound, "There is nothing at %s. Send GET /measurement or GET /resolution.", r.URL.EscapedPath())
	}
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		return nil, problem.New(http.StatusMethodNotAllowed, "%s does not support %s. See the header Allow.", r.URL.Path, r.Method)
	}
	if !p.limiter.Allow() {
		return nil, problem.New(http.StatusTooManyRequests, "This Pod measures at most %d times per second. Try again later.", perSecond)
	}
	select {
	case p.underWay <- struct{}{}:
		defer func() { <-p.underWay }()
	default:
		return nil, problem.New(http.StatusTooManyRequests, "This Pod measures at most %d connections at once. Try again later.", atOnce)
	}
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	defer cancel()
	return serve(ctx, r)
}

func (p *prober) measurement(ctx context.Context, r *http.Request) (any, error) {
	text, err := parameter(r, "url", "It must be one URL, such as http://orders.shop.svc:80.")
	if err != nil {
		return nil, err
	}
	target, err := contract.ParseTarget(text)
	if err != nil {
		return nil, problem.Invalid(problem.Field{Name: "url", Detail: err.Error() + "."})
	}
	if err := p.allowed.check(ctx, target); err != nil {
		return nil, err
	}
	return p.measure(ctx, target), nil
}

func (p *prober) resolution(ctx context.Context, r *http.Request) (any, error) {
	const detail = "It must be one host name, such as orders or orders.shop.svc."
	name, err := parameter(r, "name", detail)
	if err != nil {
		return nil, err
	}
	if !contract.IsHostName(name) {
		return nil, problem.Invalid(problem.Field{Name: "name", Detail: detail})
	}
	if err := p.allowed.checkName(name, readResolver(p.resolvConf).ClusterDomain()); err != nil {
		return nil, err
	}
	return p.resolve(ctx, name), nil
}

// parameter returns the only value of a query parameter. It returns a 422 if there is none or more than one.
func parameter(r *http.Request, name, detail string) (string, error) {
	values := r.URL.Query()[name]
	if len(values) != 1 || values[0] == "" {
		return "", problem.Invalid(problem.Field{Name: name, Detail: detail})
	}
	return values[0], nil
}

// milliseconds returns the time since start. It keeps microseconds, because a hop inside a cluster takes less than 1 ms.
func milliseconds(start time.Time) float64 {
	return float64(time.Since(start).Microseconds()) / 1000
}
