package service

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/internal/problem"
)

// Handler is the explorer's page and API.
func Handler(sources Sources) (http.Handler, error) {
	page, err := newPage()
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", sources.html(page, "page"))
	mux.HandleFunc("GET /network", sources.html(page, "network"))
	mux.HandleFunc("GET /api/network", sources.json)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		problem.Write(w, r, problem.New(http.StatusNotFound, "There is nothing at %s. The page is at /.", r.URL.Path))
	})
	return page.protect(mux), nil
}

// view is what the templates show: the network, or why it could not be read.
type view struct {
	network.Network
	Problem string
	Style   any
	Script  any
}

// html answers with the whole page, or with the part of it that the page's own script replaces.
func (s Sources) html(page *page, part string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		status, shown := http.StatusOK, view{Style: page.style, Script: page.script}
		var err error
		if shown.Network, err = s.observe(r.Context()); err != nil {
			slog.ErrorContext(r.Context(), "the network could not be read", "error", err)
			status, shown.Problem = http.StatusServiceUnavailable, sentence(err)
		}
		var body bytes.Buffer
		if err := page.templates.ExecuteTemplate(&body, part, shown); err != nil {
			problem.Write(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		// If the reader hangs up now there is nobody left to tell.
		_, _ = body.WriteTo(w)
	}
}

func (s Sources) json(w http.ResponseWriter, r *http.Request) {
	seen, err := s.observe(r.Context())
	if err != nil {
		problem.Write(w, r, problem.New(http.StatusServiceUnavailable, "%s", sentence(err)).Because(err))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"data": seen})
}

func sentence(err error) string {
	var unavailable *network.Unavailable
	if errors.As(err, &unavailable) {
		return unavailable.Sentence
	}
	return problem.From(err).Detail
}
