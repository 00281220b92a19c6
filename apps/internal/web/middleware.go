package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"

	"example.com/kubernetes-networking/apps/internal/problem"
)

const (
	// maxBody limits the size of a request body in bytes. The longest valid one is about 1 KiB; the limit keeps a caller
	// from filling the memory of a Pod.
	maxBody = 64 << 10
	// deadline limits the handling of one request. It is 2 s below the write timeout of package server, so that a database
	// that hangs leads to an answer and not to a broken connection.
	deadline = 10 * time.Second
	// unmatched is the route in the log of a path without a route.
	unmatched = "unmatched"
)

// logged writes a line for each request. Paths hold tax codes, which are personal data, and so is the address of the
// caller: the line has the route instead, and path and address are logged at debug level only.
func logged(c *gin.Context) {
	start := time.Now()
	c.Next()
	ctx := c.Request.Context()
	route := c.FullPath()
	if route == "" {
		route = unmatched
	}
	attributes := []slog.Attr{
		slog.String("method", c.Request.Method),
		slog.String("route", route),
		slog.Int("status", c.Writer.Status()),
		slog.Float64("milliseconds", float64(time.Since(start).Microseconds())/1000),
	}
	slog.LogAttrs(ctx, slog.LevelInfo, "request", attributes...)
	if slog.Default().Enabled(ctx, slog.LevelDebug) {
		slog.DebugContext(ctx, "request", "path", c.Request.URL.Path, "from", c.RemoteIP())
	}
}

// recovered turns a panic into a 500, so that it does not end the process.
func recovered(c *gin.Context) {
	defer func() {
		panicked := recover()
		if panicked == nil {
			return
		}
		err := fmt.Errorf("panic: %v\n%s", panicked, debug.Stack())
		if c.Writer.Written() {
			// Part of the answer is sent: breaking the connection shows the caller that the rest is missing.
			slog.ErrorContext(c.Request.Context(), "request failed after part of the answer was sent", "error", err)
			panic(http.ErrAbortHandler)
		}
		problem.Write(c.Writer, c.Request, err)
		c.Abort()
	}()
	c.Next()
}

func limited(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), deadline)
	defer cancel()
	c.Request = c.Request.WithContext(ctx)
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxBody)
	c.Next()
}
