package server

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
)

// Beside serves a handler on an additional address, whatever the phase of the app's Server. It returns as soon as it
// listens. Stop closes all connections without draining: Beside is for handlers that are not part of the app's API.
func Beside(ctx context.Context, address string, handler http.Handler) (stop func(), err error) {
	listener, err := listen(ctx, address)
	if err != nil {
		return nil, err
	}
	server := newHTTPServer(handler)
	var served sync.WaitGroup
	served.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			slog.Error("server stopped unexpectedly", "address", address, "error", err)
		}
	})
	slog.Info("listening", "address", listener.Addr().String())
	return func() {
		server.Close() // an error comes from the listener, which is closed anyway
		served.Wait()
	}, nil
}
