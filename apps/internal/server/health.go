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

// readyTimeout limits a readiness check. The timeoutSeconds of the kubelet's probe must be longer.
const readyTimeout = time.Second

// phase is the stage of a server's life. It only grows: a draining server never serves again.
type phase = int32

const (
	preparing phase = iota
	serving
	draining
)

// health tracks the phase of a server and serves the health endpoints.
type health struct {
	phase atomic.Int32
	// prepared is closed when the phase preparing ends.
	prepared chan struct{}
	once     sync.Once
	ready    func(context.Context) error
	// pod is the name of the Pod, which is its host name. Health endpoints return it, so that a probe of a Service shows
	// which Pod answered.
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

// handler adds the health endpoints to an app's handler. They bypass it, so that probes do not appear in its logs. It does
// not use http.ServeMux, which redirects unclean paths, such as //clients, and writes HTML.
func (h *health) handler(app http.Handler) http.Handler {
	startupz := h.withPod(readOnly(h.startupz))
	livez := h.withPod(readOnly(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	readyz := h.withPod(readOnly(h.readyz))
	return h.closeWhileDraining(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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

// closeWhileDraining closes each connection after its next answer while the server drains. The caller then opens a new
// connection, which leads to another Pod. Idle connections stay open, because a request may be on its way on any of them
// (RFC 9112 section 9.6).
func (h *health) closeWhileDraining(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h.phase.Load() == draining {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// withPod adds the header Pod.
func (h *health) withPod(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Pod", h.pod)
		next(w, r)
	}
}

// readOnly refuses every method except GET and HEAD.
func readOnly(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			problem.Write(w, r, problem.New(http.StatusMethodNotAllowed, "%s does not support %s. See the header Allow.", r.URL.Path, r.Method))
			return
		}
		next(w, r)
	}
}

// startupz blocks until the app is prepared, at most for contract.StartTimeout. It always succeeds: a slow start is not a
// reason to restart the app, and /readyz reports it. It blocks instead of failing because each failed probe becomes a
// warning event of the Pod.
func (h *health) startupz(w http.ResponseWriter, r *http.Request) {
	control, end := http.NewResponseController(w), time.Now().Add(contract.StartTimeout+writeTimeout)
	_ = control.SetReadDeadline(end) // fails only in tests, whose responses have no deadlines
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
		return problem.New(http.StatusServiceUnavailable, "The app is not ready. Its log has the cause.").Because(err)
	}
	return nil
}
