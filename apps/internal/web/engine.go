// Package web is what the three services share of gin: the engine with its middleware, and how a request is read and
// answered.
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
	// deadline is for handling one request, below the server's write time-out: a database that hangs gives an answer,
	// not a broken connection.
	deadline = 10 * time.Second
)

// Handler answers a request, or returns an error that becomes a problem response.
type Handler func(*gin.Context) error

// NewEngine returns a gin engine with the middleware of all services and without routes.
func NewEngine() (*gin.Engine, error) {
	gin.SetMode(gin.ReleaseMode)
	if err := useOurRules(); err != nil {
		return nil, err
	}
	engine := gin.New()
	// Nobody in front of the service is trusted to say who the caller is.
	if err := engine.SetTrustedProxies(nil); err != nil {
		return nil, fmt.Errorf("trust no proxies: %w", err)
	}
	engine.RedirectTrailingSlash = false
	engine.HandleMethodNotAllowed = true
	engine.Use(logged, recovered, limited)
	engine.NoRoute(Handle(func(c *gin.Context) error {
		return problem.New(http.StatusNotFound, "There is nothing at %s.", c.Request.URL.Path)
	}))
	engine.NoMethod(Handle(func(c *gin.Context) error {
		return problem.New(http.StatusMethodNotAllowed, "%s does not take %s, see the header Allow.", c.Request.URL.Path, c.Request.Method)
	}))
	return engine, nil
}

// Handle makes a Handler fit gin.
func Handle(handler Handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := handler(c); err != nil {
			problem.Write(c.Writer, c.Request, err)
		}
	}
}

func logged(c *gin.Context) {
	start := time.Now()
	c.Next()
	slog.InfoContext(
		c.Request.Context(), "request",
		"method", c.Request.Method, "path", c.Request.URL.Path, "status", c.Writer.Status(),
		"milliseconds", float64(time.Since(start).Microseconds())/1000, "from", c.RemoteIP(),
	)
}

// recovered keeps a panic in one request from ending the others.
func recovered(c *gin.Context) {
	defer func() {
		if panicked := recover(); panicked != nil {
			problem.Write(c.Writer, c.Request, fmt.Errorf("panic: %v\n%s", panicked, debug.Stack()))
			c.Abort()
		}
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
