// Package server runs an HTTP handler as a well-behaved Kubernetes workload: health endpoints, time-outs, and a
// shutdown that loses no request.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	// drainDelay is how long the server goes on answering after SIGTERM. The kubelet sends SIGTERM at the moment that
	// the Pod leaves its EndpointSlice, and kube-proxy on every node needs a moment to follow.
	drainDelay = 3 * time.Second
	// drainTimeout is how long requests under way may take to finish. With drainDelay it has to stay below the Pod's
	// terminationGracePeriodSeconds, which is 30 by default: 3 s + 15 s, and 5 s for the last spans (package telemetry).
	drainTimeout = 15 * time.Second
	// headerTimeout and writeTimeout together are less than drainTimeout, so that no caller, slow as it may be, keeps
	// the server from stopping in order: the head of its request comes in the one, and its answer leaves in the other.
	headerTimeout = 2 * time.Second
	// writeTimeout begins when the head of a request is read. It is the deadline of a request, 10 s in package web, and
	// 2 s for the answer to leave.
	writeTimeout = 12 * time.Second
	// readTimeout is for a request with its body. A body that stalls is given up, and there is time for an answer.
	readTimeout = 10 * time.Second
	// maxHeaderBytes is far more than these APIs need and far less than Go's default of 1 MiB.
	maxHeaderBytes = 16 << 10
)

// Server is an app that is served.
type Server struct {
	// Address is where to listen, host:port.
	Address string
	Handler http.Handler
	// Prepare runs beside the server from the start: what has to be done once before the app is ready. The app is
	// alive meanwhile. An error ends the server. Optional.
	Prepare func(context.Context) error
	// Work runs from when Prepare is done until ctx ends. An error ends the server. Optional.
	Work func(context.Context) error
	// Ready returns why the app cannot serve now, or nil. It is asked once Prepare is done. It must look at what
	// belongs to this app alone: probing peers deadlocks the start of all. Optional.
	Ready func(context.Context) error
	// ResponseDelay is how long every answer is held back, but those to the kubelet's probes. Optional.
	ResponseDelay time.Duration
}

// Run listens and serves until ctx ends, then drains and returns nil.
func (s Server) Run(ctx context.Context) error {
	listener, err := listen(ctx, s.Address)
	if err != nil {
		return err
	}
	return s.serve(ctx, listener, drainDelay)
}

func listen(ctx context.Context, address string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return listener, nil
}

func (s Server) serve(ctx context.Context, listener net.Listener, drainDelay time.Duration) error {
	health, err := newHealth(s.Ready)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	preparation, cancel := context.WithCancel(ctx)
	server := newHTTPServer(delayed(s.ResponseDelay, health.handler(s.Handler)))
	failed := make(chan error, 2) // one place for each of the two goroutines: neither can be left behind
	go func() { failed <- fmt.Errorf("serve on %s: %w", listener.Addr(), server.Serve(listener)) }()
	var prepared sync.WaitGroup
	prepared.Go(func() {
		if err := s.prepare(preparation); err != nil {
			failed <- err
			return
		}
		health.set(serving)
		if err := s.work(preparation); err != nil {
			failed <- err
		}
	})
	// The app closes what Prepare and Work use as soon as Run returns.
	defer prepared.Wait()
	defer cancel()
	slog.Info("listening", "address", listener.Addr().String())

	select {
	case <-ctx.Done():
	case err := <-failed:
		if ctx.Err() == nil {
			return errors.Join(err, server.Close())
		}
	}
	health.set(draining)
	slog.Info("draining", "delay", drainDelay.String())
	time.Sleep(drainDelay)
	return shutdown(server)
}

func newHTTPServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(slog.Default().Handler(), slog.LevelWarn),
	}
}

func (s Server) prepare(ctx context.Context) error {
	if s.Prepare == nil {
		return nil
	}
	return s.Prepare(ctx)
}

func (s Server) work(ctx context.Context) error {
	if s.Work == nil {
		return nil
	}
	return s.Work(ctx)
}

func shutdown(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("requests were still under way after %s: %w", drainTimeout, err), server.Close())
	}
	return nil
}
