package server

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// kubelet is how the User-Agent of the kubelet's probes begins.
// https://kubernetes.io/docs/concepts/workloads/pods/probes/#http-probes
const kubelet = "kube-probe/"

// delayed holds back every answer of a handler, but those to the kubelet: a Pod that is slow, and ready for all that. The
// request itself is handled at once, so that a caller who hangs up is noticed, and not waited for.
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
		next.ServeHTTP(&heldBack{w, wait}, r)
		wait() // an answer without a body or a status of its own leaves when the handler returns
	})
}

// heldBack is an answer that waits before its first byte.
type heldBack struct {
	http.ResponseWriter
	wait func()
}

func (h *heldBack) WriteHeader(status int) {
	h.wait()
	h.ResponseWriter.WriteHeader(status)
}

func (h *heldBack) Write(body []byte) (int, error) {
	h.wait()
	return h.ResponseWriter.Write(body)
}

// Unwrap is for http.ResponseController.
func (h *heldBack) Unwrap() http.ResponseWriter { return h.ResponseWriter }
