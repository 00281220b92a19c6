package service

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
)

//go:embed page/*.html
var templates embed.FS

//go:embed page/style.css
var style string

//go:embed page/script.js
var script string

// page is the HTML and what it may do.
type page struct {
	templates *template.Template
	style     template.CSS
	script    template.JS
	policy    string
}

func newPage() (*page, error) {
	parsed, err := template.ParseFS(templates, "page/*.html")
	if err != nil {
		return nil, fmt.Errorf("read the page's templates: %w", err)
	}
	return &page{
		templates: parsed,
		style:     template.CSS(style),
		script:    template.JS(script),
		policy: fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; connect-src 'self'; img-src data:; "+
			"base-uri 'none'; form-action 'none'; frame-ancestors 'none'", hash(style), hash(script)),
	}, nil
}

// hash names a style or a script in a Content-Security-Policy: the browser runs these two texts and no other.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// protect sets the headers that keep a browser from doing more with the page than it is for.
func (p *page) protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", p.policy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
