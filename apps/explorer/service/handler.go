package service

import (
	"context"
	"net/http"

	"example.com/kubernetes-networking/apps/internal/problem"
)

// Handler is the explorer's pages, and the same facts as JSON. Pages that stay open are told of every change until ctx ends.
func Handler(ctx context.Context, sources Sources) (http.Handler, error) {
	pages, err := newPages()
	if err != nil {
		return nil, err
	}
	s := &site{
		Sources: sources, pages: pages, live: newLive(sources, pages),
		stories: newPatience(storyEvery, storyBurst), matrices: newPatience(matrixEvery, matrixBurst),
		purchases: newPatience(purchaseEvery, purchaseBurst),
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
		"POST /requests":         s.shop,
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

// site answers for all pages.
type site struct {
	Sources
	pages                        *pages
	live                         *live
	stories, matrices, purchases patience
}

// handle makes a function that may fail answer requests.
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
