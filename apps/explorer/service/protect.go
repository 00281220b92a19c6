package service

import (
	"net/http"

	"example.com/kubernetes-networking/apps/internal/problem"
)

// contentPolicy allows only files that the explorer itself serves, so that no name in the cluster can become a script.
const contentPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// protect sets security headers on every answer.
func protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", contentPolicy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// refuseOthers refuses cross-origin requests from the pages of other sites.
func (s *site) refuseOthers(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(s.handle(func(http.ResponseWriter, *http.Request) error {
		return problem.New(http.StatusForbidden, "The form was sent by a page of another site. Use the form at /requests.")
	}))
	return protection.Handler(next)
}
