package service

import (
	"bytes"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/explorer/prose"
	"example.com/kubernetes-networking/apps/internal/problem"
)

// pages holds the templates of all pages.
type pages struct{ templates *template.Template }

// page is the data of the template of a whole page.
type page struct {
	Title string
	// Section is the page's entry in the navigation.
	Section string
	Content any
}

// section is an entry of the navigation.
type section struct{ Name, Path string }

// Sections returns the entries of the navigation.
func (page) Sections() []section {
	return []section{{"Map", "/"}, {"Matrix", "/matrix"}, {"Requests", "/requests"}, {"Labs", "/labs"}}
}

func newPages() (*pages, error) {
	parsed, err := template.New("").Funcs(template.FuncMap{
		"clock":        clock,
		"milliseconds": prose.Milliseconds,
		"count":        prose.Count,
		"readyOf":      readyOf,
		"noteOf":       noteOf,
		"plus":         func(a, b int) int { return a + b },
		"minus":        func(a, b int) int { return a - b },
		"half":         func(a int) int { return a / 2 },
	}).ParseFS(embedded, "page/*.html")
	if err != nil {
		return nil, fmt.Errorf("read the templates of the pages: %w", err)
	}
	return &pages{parsed}, nil
}

// clock returns a time of day. All times of the explorer are in UTC, as in the logs.
func clock(at time.Time) string {
	if at.IsZero() {
		return "an unknown time"
	}
	return at.UTC().Format("15:04:05 UTC")
}

// noteOf explains the headless Service, which no call uses; it returns "" for others.
func noteOf(service network.Service) string {
	if service.ClusterIP == "None" && len(service.Ports) == 0 {
		return "Headless: its name resolves to the addresses of all Pods of the demo, ready or not. Pods use it to check " +
			"which addresses they may measure."
	}
	return ""
}

func readyOf(endpoints []network.Endpoint) string {
	ready := 0
	for _, endpoint := range endpoints {
		if endpoint.Ready {
			ready++
		}
	}
	return fmt.Sprintf("%d of %d", ready, len(endpoints))
}

// render executes a template completely before a byte is sent, so that an error does not truncate the page.
func (p *pages) render(name string, data any) ([]byte, error) {
	var body bytes.Buffer
	if err := p.templates.ExecuteTemplate(&body, name, data); err != nil {
		return nil, fmt.Errorf("render the page %s: %w", name, err)
	}
	return body.Bytes(), nil
}

func (p *pages) show(w http.ResponseWriter, status int, name string, shown page) error {
	body, err := p.render(name, shown)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body) // an error means that the client has disconnected
	return nil
}

// fail responds with a problem: a page for browsers, and the document of RFC 9457 for other clients.
func (s *site) fail(w http.ResponseWriter, r *http.Request, err error) {
	known := problem.From(err)
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		problem.Write(w, r, err)
		return
	}
	if known.Status >= http.StatusInternalServerError && known.Cause != nil {
		slog.ErrorContext(r.Context(), "page failed", "method", r.Method, "error", err)
	}
	if s.pages.show(w, known.Status, "problem", page{Title: http.StatusText(known.Status), Content: known.Detail}) != nil {
		problem.Write(w, r, err)
	}
}
