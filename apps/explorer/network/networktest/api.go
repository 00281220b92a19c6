// Package networktest is a fake API server over real HTTP. Tests use it to check how the explorer's client handles
// lists, watches and refusals. The end-to-end tests use the real API server.
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
	// news is closed at the next event.
	news    chan struct{}
	broken  context.Context
	breakUp context.CancelFunc
	refused map[string]meta.Status // by verb and resource
	old     bool                   // whether it cannot start a watch with a list
	hung    chan struct{}          // while it is open, requests are not answered; nil for normal operation
}

// New starts an API server without objects. It stops when the test ends.
func New(t *testing.T) *API {
	t.Helper()
	a := &API{t: t, objects: map[string]map[string]object{}, news: make(chan struct{}), refused: map[string]meta.Status{}}
	a.broken, a.breakUp = context.WithCancel(context.Background())
	a.address = "127.0.0.1:0"
	a.Start()
	t.Cleanup(a.Stop)
	return a
}

// Config returns the configuration of a client.
func (a *API) Config() *rest.Config { return &rest.Config{Host: a.URL()} }

// URL returns the address of the API server. It stays the same after Stop.
func (a *API) URL() string { return "http://" + a.address }

// Start starts the server again after Stop, at the same address and with the same objects.
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

// Stop ends all watches. Connections are refused from then on.
func (a *API) Stop() {
	a.server.Listener.Close() // first, so that no client reconnects
	a.BreakWatches()
	a.server.CloseClientConnections()
	a.server.Close()
}

// BreakWatches ends all open watches. Clients can open new ones.
func (a *API) BreakWatches() {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.breakUp()
	a.broken, a.breakUp = context.WithCancel(context.Background())
}

// Hang makes the server accept requests without answering them until resume is called. Open watches stay open.
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

// Refuse answers a verb, list or watch, for a resource with an error from now on, and ends its watches. code is an HTTP
// status such as 403, and reason Kubernetes' name for it.
func (a *API) Refuse(verb, resource string, code int32, reason meta.StatusReason) {
	a.mutex.Lock()
	a.refused[verb+" "+resource] = refusal(code, reason)
	a.mutex.Unlock()
	a.BreakWatches()
}

// Forbid refuses a verb as for a service account without the permission.
func (a *API) Forbid(verb, resource string) {
	a.Refuse(verb, resource, http.StatusForbidden, meta.StatusReasonForbidden)
}

// GrowOld makes the server behave like Kubernetes before 1.32, which cannot start a watch with a list: clients list
// first.
func (a *API) GrowOld() {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.old = true
}

// Allow ends all refusals.
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
