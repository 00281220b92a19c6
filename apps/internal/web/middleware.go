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
	// maxBody is the largest body that is read. The longest valid one is about 1 KiB; a limit keeps a caller from
	// filling the memory of a Pod.
	maxBody = 64 << 10
	// deadline is for handling one request, 2 s below the write time-out of package server: a database that hangs gives
	// an answer, not a broken connection.
	deadline = 10 * time.Second
	// unmatched stands in the log for all paths that no route has.
	unmatched = "unmatched"
)

// logged writes a line for each request. Paths hold tax codes, which are personal, and so does the address of the
// caller: the line names the route instead, and the two are told at debug level alone.
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

// recovered keeps a panic in one request from ending the others.
func recovered(c *gin.Context) {
	defer func() {
		panicked := recover()
		if panicked == nil {
			return
		}
		err := fmt.Errorf("panic: %v\n%s", panicked, debug.Stack())
		if c.Writer.Written() {
			// The caller has a part of an answer: a connection that breaks is how it learns that the rest is missing.
			slog.ErrorContext(c.Request.Context(), "request failed after its answer had begun", "error", err)
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
