// Package server runs an HTTP handler as a Kubernetes workload: health endpoints, timeouts, and a shutdown that loses no
// request. All apps use it; start at Server.Run.
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
	// drainDelay is how long the server keeps serving after SIGTERM. The kubelet sends SIGTERM at the same time as the Pod
	// leaves its EndpointSlice, and kube-proxy on every node needs a moment to follow: 3.7 s on a busy node.
	drainDelay = 5 * time.Second
	// drainTimeout limits how long running requests may take to finish. The sum with drainDelay and with 5 s for the last
	// spans (package telemetry) must stay below the Pod's terminationGracePeriodSeconds, which is 30 by default.
	drainTimeout = 15 * time.Second
	// headerTimeout and writeTimeout together are less than drainTimeout, so that a slow caller cannot prevent an orderly
	// shutdown: headerTimeout limits the head of the request, and writeTimeout the rest.
	headerTimeout = 2 * time.Second
	// writeTimeout starts when the head of a request is read. It is the deadline of a request, 10 s in package web, plus 2 s
	// to send the answer.
	writeTimeout = 12 * time.Second
	// readTimeout limits reading a request with its body. It leaves time to answer a request whose body stalls.
	readTimeout = 10 * time.Second
	// maxHeaderBytes is far more than these APIs need, and far less than Go's default of 1 MiB.
	maxHeaderBytes = 16 << 10
)

// Server serves an app.
type Server struct {
	// Address is the host:port to listen on.
	Address string
	Handler http.Handler
	// Prepare runs once before the app is ready, while the server already serves its health endpoints. An error ends the
	// server. Optional.
	Prepare func(context.Context) error
	// Work runs in the background after Prepare, until ctx ends. An error ends the server. Optional.
	Work func(context.Context) error
	// Ready returns an error if the app cannot serve at the moment. It is called only after Prepare. It must not call
	// peers, because services that wait for each other never start. Optional.
	Ready func(context.Context) error
	// ResponseDelay delays every answer except those to the kubelet's probes. Optional.
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
	failed := make(chan error, 2) // room for both goroutines, so that neither blocks forever
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
	// The app closes the resources of Prepare and Work as soon as Run returns.
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
		return errors.Join(fmt.Errorf("requests were still running after %s: %w", drainTimeout, err), server.Close())
	}
	return nil
}
