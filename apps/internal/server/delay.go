package server

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// kubelet is the prefix of the User-Agent of the kubelet's probes.
// https://kubernetes.io/docs/concepts/workloads/pods/probes/#http-probes
const kubelet = "kube-probe/"

// delayed delays every answer of a handler except those to the kubelet, so that the Pod is slow but stays ready. It handles
// the request at once and delays only the answer, so that it notices a caller who hangs up.
func delayed(delay time.Duration, next http.Handler) http.Handler {
	if delay == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.UserAgent(), kubelet) {
			next.ServeHTTP(w, r)
			return
		}
		wait := sync.OnceFunc(func() {
			select {
			case <-time.After(delay):
			case <-r.Context().Done():
			}
		})
		next.ServeHTTP(&delayedWriter{w, wait}, r)
		wait() // net/http sends an answer without body and status when the handler returns
	})
}

// delayedWriter waits before the first byte of the answer.
type delayedWriter struct {
	http.ResponseWriter
	wait func()
}

func (d *delayedWriter) WriteHeader(status int) {
	d.wait()
	d.ResponseWriter.WriteHeader(status)
}

func (d *delayedWriter) Write(body []byte) (int, error) {
	d.wait()
	return d.ResponseWriter.Write(body)
}

// Unwrap supports http.ResponseController.
func (d *delayedWriter) Unwrap() http.ResponseWriter { return d.ResponseWriter }
