package server

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/problem"
)

// readyTimeout is how long a readiness check may take. The probe's own timeoutSeconds has to be longer.
const readyTimeout = time.Second

// phase is where a server is in its life. It only ever grows: a server that drains never serves again.
type phase = int32

const (
	preparing phase = iota
	serving
	draining
)

type health struct {
	phase atomic.Int32
	// prepared is closed when the phase is not preparing any more.
	prepared chan struct{}
	once     sync.Once
	ready    func(context.Context) error
	// pod is the name of the Pod, which is its host name. Whoever measures a Service learns from it which Pod answered.
	pod string
}

func newHealth(ready func(context.Context) error) (*health, error) {
	pod, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("read the name of this Pod: %w", err)
	}
	return &health{prepared: make(chan struct{}), ready: ready, pod: pod}, nil
}

func (h *health) set(next phase) {
	for {
		now := h.phase.Load()
		if now >= next || h.phase.CompareAndSwap(now, next) {
			break
		}
	}
	if next > preparing {
		h.once.Do(func() { close(h.prepared) })
	}
}

// handler adds the health endpoints to an app's handler. They are outside of it, so that probes are not in its logs.
// http.ServeMux is not for this: it answers a path that is not clean, such as //clients, by itself and in HTML.
func (h *health) handler(app http.Handler) http.Handler {
	startupz := h.signed(reading(h.startupz))
	livez := h.signed(reading(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	readyz := h.signed(reading(h.readyz))
	return h.partingWays(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/startupz":
			startupz(w, r)
		case "/livez":
			livez(w, r)
		case "/readyz":
			readyz(w, r)
		default:
			app.ServeHTTP(w, r)
		}
	}))
}

// partingWays ends each connection with the first answer on it that comes while the server drains: the caller's next
// request opens a connection, and that leads to another Pod. Idle connections stay open meanwhile, because a request may
// be on its way on any of them (RFC 9112 section 9.6).
func (h *health) partingWays(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h.phase.Load() == draining {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// signed says who answers.
func (h *health) signed(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Pod", h.pod)
		next(w, r)
	}
}

// reading refuses every method but GET and HEAD.
func reading(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			problem.Write(w, r, problem.New(http.StatusMethodNotAllowed, "%s does not take %s, see the header Allow.", r.URL.Path, r.Method))
			return
		}
		next(w, r)
	}
}

// startupz answers when the app is prepared, or after contract.StartTimeout: a start that takes longer is no reason to
// restart the app, and /readyz reports it. An answer that waits takes the place of probes that fail, each of which is a
// warning among the events of a Pod that starts as it should.
func (h *health) startupz(w http.ResponseWriter, r *http.Request) {
	control, end := http.NewResponseController(w), time.Now().Add(contract.StartTimeout+writeTimeout)
	_ = control.SetReadDeadline(end) // a test's answer has no deadlines
	_ = control.SetWriteDeadline(end)
	select {
	case <-h.prepared:
	case <-time.After(contract.StartTimeout):
	case <-r.Context().Done():
	}
	w.WriteHeader(http.StatusNoContent)
}

func (h *health) readyz(w http.ResponseWriter, r *http.Request) {
	if err := h.check(r.Context()); err != nil {
		problem.Write(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (h *health) check(ctx context.Context) error {
	switch h.phase.Load() {
	case preparing:
		return problem.New(http.StatusServiceUnavailable, "The app is starting.")
	case draining:
		return problem.New(http.StatusServiceUnavailable, "The app is stopping.")
	}
	if h.ready == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	if err := h.ready(ctx); err != nil {
		return problem.New(http.StatusServiceUnavailable, "The app is not ready, its log says why.").Because(err)
	}
	return nil
}
