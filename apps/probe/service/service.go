// Package service implements the app probe: package internal/probe served on localhost, and its health check.
package service

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/probe"
	"example.com/kubernetes-networking/apps/internal/server"
)

// loopback is the address to listen on.
const loopback = "127.0.0.1"

// Run serves measurements until ctx ends.
func Run(ctx context.Context, config contract.Probe[string]) error {
	handler, err := probe.Handler(config.Allowlist)
	if err != nil {
		return err
	}
	return server.Server{Address: net.JoinHostPort(loopback, config.Port), Handler: handler}.Run(ctx)
}

const (
	// healthTimeout is below the timeoutSeconds of the kubelet's probes, so that they report the reason.
	healthTimeout = 2500 * time.Millisecond
	healthPause   = 50 * time.Millisecond
)

// Health returns nil if the probe in the same Pod responds. It waits for a probe that is starting.
func Health(ctx context.Context, config contract.Probe[string]) error {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	for {
		err := alive(ctx, "http://"+net.JoinHostPort(loopback, config.Port)+"/livez")
		if !errors.Is(err, syscall.ECONNREFUSED) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(healthPause):
		}
	}
}

func alive(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return fmt.Errorf("create a request for %s: %w", url, err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("call the probe: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("call the probe: %s returned %s", url, response.Status)
	}
	return nil
}
