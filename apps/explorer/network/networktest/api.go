// Package networktest is an API server to test with, over real HTTP: what the explorer's own client makes of lists, watches
// and refusals is under test. The real API server is asked by the end-to-end test.
package networktest

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

// API is an API server that lists and watches. Its methods may be called from any goroutine.
type API struct {
	t       *testing.T
	address string
	server  *httptest.Server

	mutex   sync.Mutex
	objects map[string]map[string]object // by resource, then by namespace and name
	history []event
	// news is closed at the next event, and forgotten when all watches are to end.
	news    chan struct{}
	broken  context.Context
	breakUp context.CancelFunc
	refused map[string]meta.Status // by verb and resource
	old     bool                   // whether it cannot start a watch with a list
	hung    chan struct{}          // while it is open, requests are not answered; nil if they are
}

// New starts an API server without any object, until the test ends.
func New(t *testing.T) *API {
	t.Helper()
	a := &API{t: t, objects: map[string]map[string]object{}, news: make(chan struct{}), refused: map[string]meta.Status{}}
	a.broken, a.breakUp = context.WithCancel(context.Background())
	a.address = "127.0.0.1:0"
	a.Start()
	t.Cleanup(a.Stop)
	return a
}

// Config is what a client needs.
func (a *API) Config() *rest.Config { return &rest.Config{Host: a.URL()} }

// URL is where the API server is, or was before Stop.
func (a *API) URL() string { return "http://" + a.address }

// Start lets it come back, at the same address and with the same objects, after Stop.
func (a *API) Start() {
	a.t.Helper()
	listener, err := net.Listen("tcp", a.address)
	if err != nil {
		a.t.Fatal(err)
	}
	a.address = listener.Addr().String()
	a.server = &httptest.Server{Listener: listener, Config: &http.Server{Handler: http.HandlerFunc(a.serve)}}
	a.server.Start()
}

// Stop makes it go away: watches end, and connections are refused from then on.
func (a *API) Stop() {
	a.server.Listener.Close() // first, so that nobody comes back to what is about to close
	a.BreakWatches()
	a.server.CloseClientConnections()
	a.server.Close()
}

// BreakWatches ends all watches that are open. Whoever asks again gets another.
func (a *API) BreakWatches() {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.breakUp()
	a.broken, a.breakUp = context.WithCancel(context.Background())
}

// Hang lets it accept requests without an answer until resume is called. Watches that are open stay open.
func (a *API) Hang() (resume func()) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	hung := make(chan struct{})
	a.hung = hung
	return func() {
		a.mutex.Lock()
		defer a.mutex.Unlock()
		a.hung = nil
		close(hung)
	}
}

// Refuse answers a verb, list or watch, for a resource with an error from now on, and ends its watches. Code is an HTTP
// status such as 403, reason Kubernetes' name for it.
func (a *API) Refuse(verb, resource string, code int32, reason meta.StatusReason) {
	a.mutex.Lock()
	a.refused[verb+" "+resource] = refusal(code, reason)
	a.mutex.Unlock()
	a.BreakWatches()
}

// Forbid is Refuse for a service account that lacks the verb.
func (a *API) Forbid(verb, resource string) {
	a.Refuse(verb, resource, http.StatusForbidden, meta.StatusReasonForbidden)
}

// GrowOld makes it a Kubernetes before 1.32, which cannot start a watch with a list: clients list first.
func (a *API) GrowOld() {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.old = true
}

// Allow takes back all refusals.
func (a *API) Allow() {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	clear(a.refused)
}

func refusal(code int32, reason meta.StatusReason) meta.Status {
	return meta.Status{
		TypeMeta: meta.TypeMeta{APIVersion: "v1", Kind: "Status"}, Status: meta.StatusFailure, Code: code, Reason: reason, Message: "no",
	}
}
