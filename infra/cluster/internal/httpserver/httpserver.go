// Package httpserver serves HTTP until a context ends.
package httpserver

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
)

// Serve serves on the listener until ctx ends, and then closes all connections.
func Serve(ctx context.Context, server *http.Server, listener net.Listener) error {
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// ListenUnix listens on a Unix socket that only root can connect to. It replaces the socket of a process that was
// killed.
func ListenUnix(path string) (net.Listener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	return listener, os.Chmod(path, 0o600)
}
