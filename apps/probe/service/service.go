// Package service is the probe: it measures the steps of a connection from inside its Pod.
package service

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"time"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/problem"
	"example.com/kubernetes-networking/apps/internal/server"
)

// loopback is the only address that the probe listens on.
const loopback = "127.0.0.1"

// Run serves measurements until ctx ends.
func Run(ctx context.Context, config contract.Probe[string]) error {
	return server.Server{Address: net.JoinHostPort(loopback, config.Port), Handler: Handler()}.Run(ctx)
}

// Health asks the probe that runs in the same Pod whether it is alive.
func Health(ctx context.Context, config contract.Probe[string]) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	url := "http://" + net.JoinHostPort(loopback, config.Port) + "/livez"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return fmt.Errorf("make a request for %s: %w", url, err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("ask the probe: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("ask the probe: %s answered %s", url, response.Status)
	}
	return nil
}

// Handler is the probe's API.
func Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /resolve", resolve)
	mux.HandleFunc("GET /dial", dial)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		problem.Write(w, r, problem.New(http.StatusNotFound, "There is nothing at %s. Ask GET /resolve or GET /dial.", r.URL.Path))
	})
	return mux
}

func answer(w http.ResponseWriter, data any) {
	w.Header().Set("Content-Type", "application/json")
	// If the caller hangs up now there is nobody left to tell.
	_ = json.NewEncoder(w).Encode(map[string]any{"data": data})
}

// milliseconds since start, with microseconds behind the point: a hop inside a cluster takes less than one.
func milliseconds(start time.Time) float64 {
	return float64(time.Since(start).Microseconds()) / 1000
}
