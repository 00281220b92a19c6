package service

import (
	"context"
	"net/http"

	"example.com/kubernetes-networking/apps/internal/problem"
)

// Handler returns the handler of the explorer's pages and JSON documents. Open pages receive changes until ctx ends.
func Handler(ctx context.Context, deps Dependencies) (http.Handler, error) {
	pages, err := newPages()
	if err != nil {
		return nil, err
	}
	s := &site{
		Dependencies: deps, pages: pages, live: newLive(deps, pages),
		storyLimiter: newLimiter(storyEvery, storyBurst), matrixLimiter: newLimiter(matrixEvery, matrixBurst),
		purchaseLimiter: newLimiter(purchaseEvery, purchaseBurst),
	}
	compressed, compressedStream, err := compression()
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	for route, handler := range map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /{$}":               s.showMap,
		"GET /nodes/{name}":      s.showNode,
		"GET /pods/{name}":       s.showPod,
		"GET /calls/{from}/{to}": s.showCall,
		"GET /localhost":         s.showLocalhost,
		"GET /matrix":            s.showMatrix,
		"GET /matrix.json":       s.matrixJSON,
		"GET /requests":          s.showRequests,
		"POST /requests":         s.buy,
		"GET /requests/{id}":     s.showRequest,
		"GET /labs":              s.showLabs,
		"GET /labs/{name}":       s.showLab,
		"GET /topology.json":     s.topologyJSON,
		"/":                      notFound,
	} {
		mux.Handle(route, compressed(s.handle(handler)))
	}
	mux.Handle("GET /events", compressedStream(s.handle(newStreams(ctx, s.live).serve)))
	if err := serveFiles(mux, compressed); err != nil {
		return nil, err
	}
	return protect(s.refuseOthers(mux)), nil
}

// site serves all pages.
type site struct {
	Dependencies
	pages *pages
	live  *live

	storyLimiter, matrixLimiter, purchaseLimiter limiter
}

// handle returns a handler that responds to an error with a problem.
func (s *site) handle(handler func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := handler(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

func notFound(_ http.ResponseWriter, r *http.Request) error {
	return problem.New(http.StatusNotFound, "There is nothing at %s. The map is at /.", r.URL.EscapedPath())
}
