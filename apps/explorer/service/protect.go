package service

import (
	"net/http"

	"example.com/kubernetes-networking/apps/internal/problem"
)

// contentPolicy lets a browser use what the explorer itself serves, each kind by its own file, and nothing else: nothing
// that a name in the cluster may hold becomes a script.
const contentPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// protect sets the headers that keep a browser from doing more with a page than it is for.
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

// refuseOthers refuses what a page of another site has the visitor's browser send.
func (s *site) refuseOthers(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(s.handle(func(http.ResponseWriter, *http.Request) error {
		return problem.New(http.StatusForbidden, "This form was sent by a page of another site. Use the one at /requests.")
	}))
	return protection.Handler(next)
}
