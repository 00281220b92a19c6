package server

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

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
	ready func(context.Context) error
}

func (h *health) set(next phase) {
	for {
		now := h.phase.Load()
		if now >= next || h.phase.CompareAndSwap(now, next) {
			return
		}
	}
}

// handler adds the health endpoints to an app's handler. They are outside of it, so that probes are not in its logs.
func (h *health) handler(app http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /readyz", h.readyz)
	mux.Handle("/", app)
	return mux
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
