package server

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
)

// Beside serves a handler on an address of its own, beside an app's Server and whatever state that is in. When it
// returns it listens. Stop ends it at once, without a drain: it is for handlers whose callers are no users of the app.
func Beside(ctx context.Context, address string, handler http.Handler) (stop func(), err error) {
	listener, err := listen(ctx, address)
	if err != nil {
		return nil, err
	}
	server := newHTTPServer(handler)
	var served sync.WaitGroup
	served.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			slog.Error("nobody is answered any more", "address", address, "error", err)
		}
	})
	slog.Info("listening", "address", listener.Addr().String())
	return func() {
		server.Close() // its error is that of the listener, which is closed all the same
		served.Wait()
	}, nil
}
