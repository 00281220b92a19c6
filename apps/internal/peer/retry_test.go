package peer_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/peer"
	"example.com/kubernetes-networking/apps/internal/problem"
)

const refused = "orders cannot be reached (REFUSED). The connection was refused: nothing listens on that address and port, or a network policy rejects it. Try again later."

// counted is a peer whose answers depend on the number of earlier requests.
type counted struct {
	client *peer.Client
	asked  atomic.Int64
}

func answeringByCount(t *testing.T, answer func(w http.ResponseWriter, r *http.Request, before int64)) *counted {
	t.Helper()
	var c counted
	api := apitest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer(w, r, c.asked.Add(1)-1)
	}))
	c.client = peer.New("orders", api.URL)
	return &c
}

func (c *counted) wantAsked(t *testing.T, want int64) {
	t.Helper()
	if got := c.asked.Load(); got != want {
		t.Errorf("the peer got %d requests, want %d", got, want)
	}
}

func ok(w http.ResponseWriter) { _, _ = io.WriteString(w, `{"data":{}}`) }

// hang blocks until the caller hangs up.
func hang(r *http.Request) { <-r.Context().Done() }

// breakOff announces a body, sends half of it and closes the connection.
func breakOff(t *testing.T, w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	_, _ = io.WriteString(connection, "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"dat")
	connection.Close()
}

func TestTemporaryFailuresAreRetried(t *testing.T) {
	tests := map[string]func(w http.ResponseWriter, r *http.Request){
		"429":               func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) },
		"502":               func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
		"503":               func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
		"504":               func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGatewayTimeout) },
		"nothing in time":   func(_ http.ResponseWriter, r *http.Request) { hang(r) },
		"half of an answer": func(w http.ResponseWriter, _ *http.Request) { breakOff(t, w) },
	}
	for name, fail := range tests {
		t.Run(name, func(t *testing.T) {
			orders := answeringByCount(t, func(w http.ResponseWriter, r *http.Request, before int64) {
				if before < 2 {
					fail(w, r)
					return
				}
				ok(w)
			})
			if err := orders.client.Within(200*time.Millisecond, 30*time.Second).Delete(t.Context(), "/orders", nil); err != nil {
				t.Errorf("got %v, want success at the third try", err)
			}
			orders.wantAsked(t, 3)
		})
	}
}

func TestTriesAreLimited(t *testing.T) {
	orders := answeringByCount(t, func(w http.ResponseWriter, _ *http.Request, _ int64) { breakOff(t, w) })
	wantProblem(t, orders.client.Get(t.Context(), "/x", new(any)), 503, "orders cannot be reached (OTHER). The connection broke. Try again later.")
	orders.wantAsked(t, 3)
}

func TestPermanentFailuresAreNotRetried(t *testing.T) {
	for _, status := range []int{301, 400, 404, 409, 422, 500, 501} {
		orders := answeringByCount(t, func(w http.ResponseWriter, _ *http.Request, _ int64) { w.WriteHeader(status) })
		if err := orders.client.Get(t.Context(), "/x", new(any)); err == nil {
			t.Errorf("%d is a success", status)
		}
		orders.wantAsked(t, 1)
	}
}

func TestAllTriesTogetherHaveATimeout(t *testing.T) {
	orders := answeringByCount(t, func(_ http.ResponseWriter, r *http.Request, _ int64) { hang(r) })
	begin := time.Now()
	err := orders.client.Within(time.Minute, 100*time.Millisecond).Get(t.Context(), "/x", new(any))
	wantProblem(t, err, 503, "orders cannot be reached (TIMEOUT). No answer came in time. Try again later.")
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("it took %s, want 100ms", took)
	}
	orders.wantAsked(t, 1)
}

func TestRetryAfterIsRespected(t *testing.T) {
	var times []time.Time
	orders := answeringByCount(t, func(w http.ResponseWriter, _ *http.Request, before int64) {
		times = append(times, time.Now())
		if before == 0 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		ok(w)
	})
	if err := orders.client.Get(t.Context(), "/x", new(any)); err != nil {
		t.Fatal(err)
	}
	orders.wantAsked(t, 2)
	if pause := times[1].Sub(times[0]); pause < time.Second {
		t.Errorf("the second try came after %s, want at least a second", pause)
	}
}

func TestARetryAfterBeyondTheTimeoutEndsTheCallAtOnce(t *testing.T) {
	for _, value := range []string{"60", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)} {
		orders := answeringByCount(t, func(w http.ResponseWriter, _ *http.Request, _ int64) {
			w.Header().Set("Retry-After", value)
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		begin := time.Now()
		wantProblem(t, orders.client.Within(time.Minute, time.Minute).Get(t.Context(), "/x", new(any)), 503,
			"orders answered 503 Service Unavailable. Try again later.")
		orders.wantAsked(t, 1)
		if took := time.Since(begin); took > 10*time.Second {
			t.Errorf("Retry-After: %s: it took %s, want no pause", value, took)
		}
	}
}

func TestAnUnavailablePeerIsA503WithTheCause(t *testing.T) {
	stopped := apitest.Serve(t, http.NotFoundHandler())
	stopped.Stop()
	wantProblem(t, peer.New("orders", stopped.URL).Get(t.Context(), "/x", new(any)), 503, refused)
}

func TestACallerThatHangsUpEndsTheCall(t *testing.T) {
	arrived := make(chan struct{}, 1)
	orders := answeringByCount(t, func(_ http.ResponseWriter, r *http.Request, _ int64) {
		arrived <- struct{}{}
		hang(r)
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- orders.client.Within(time.Minute, time.Minute).Get(ctx, "/x", new(any)) }()
	<-arrived
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	orders.wantAsked(t, 1)
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	var connections atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Error(w, "no", http.StatusNotFound)
		default:
			ok(w)
		}
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	orders := peer.New("orders", server.URL)
	for range 5 {
		_ = orders.Get(t.Context(), "/here", new(any))
		_ = orders.Get(t.Context(), "/away", new(any))
		_ = orders.Delete(t.Context(), "/here", nil)
	}
	if got := connections.Load(); got != 1 {
		t.Errorf("15 calls opened %d connections, want 1", got)
	}
}

// The services return this 503 while a Pod or its database is unavailable: another Pod of the Service may succeed.
func TestA503OfTheServicesIsRetriedWithinTheCall(t *testing.T) {
	orders := answeringByCount(t, func(w http.ResponseWriter, r *http.Request, before int64) {
		if before == 0 {
			problem.Write(w, r, problem.New(http.StatusServiceUnavailable, "Try again later."))
			return
		}
		ok(w)
	})
	if err := orders.client.Get(t.Context(), "/x", new(any)); err != nil {
		t.Errorf("got %v, want success at the second try", err)
	}
	orders.wantAsked(t, 2)
}
