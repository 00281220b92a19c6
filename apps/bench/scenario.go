package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// scenario is a kind of request that is sent to a service and to the bare handler.
type scenario struct {
	name          string
	service, bare string // base URLs
	// target fills in the n-th request, with a path instead of a URL.
	target func(n uint64, to *vegeta.Target)
	status int
	sent   *atomic.Uint64
}

func scenarios(s *setup) []scenario {
	url := map[string]string{}
	for _, service := range s.services {
		url[service.name] = service.url
	}
	get := func(path func(n uint64) string) func(uint64, *vegeta.Target) {
		return func(n uint64, to *vegeta.Target) { to.Method, to.URL = http.MethodGet, path(n) }
	}
	post := func(path string, body func(n uint64) string) func(uint64, *vegeta.Target) {
		return func(n uint64, to *vegeta.Target) {
			to.Method, to.URL, to.Body = http.MethodPost, path, []byte(body(n))
			to.Header = http.Header{"Content-Type": {"application/json"}}
		}
	}
	seed := func(n uint64) uint64 { return n * 7919 % seeded } // a prime: visits all clients, in a scattered order
	return []scenario{
		{"get by id", url["clients"], s.bare.url, get(func(n uint64) string { return fmt.Sprintf("/clients/SEED%d", seed(n)) }), http.StatusOK, new(atomic.Uint64)},
		{"list of 50", url["clients"], s.bare.url, get(func(uint64) string { return "/clients" }), http.StatusOK, new(atomic.Uint64)},
		{"create", url["clients"], s.bare.url, post("/clients", func(n uint64) string {
			return fmt.Sprintf(`{"taxCode":"NEW%d","firstName":"Maria","lastName":"Rossi"}`, n)
		}), http.StatusCreated, new(atomic.Uint64)},
		{"create order", url["orders"], s.bare.url, post("/orders", func(n uint64) string {
			return fmt.Sprintf(`{"clientTaxCode":"SEED%d"}`, seed(n))
		}), http.StatusCreated, new(atomic.Uint64)},
	}
}

// measure sends rounds to both sides alternately. The first round warms up and does not count.
func (s scenario) measure(ctx context.Context) (fmt.Stringer, error) {
	result := result{name: s.name}
	for round := range rounds + 1 {
		for _, side := range []struct {
			url     string
			figures *figures
		}{{s.service, &result.service}, {s.bare, &result.bare}} {
			metrics, err := s.attack(ctx, side.url)
			if err != nil {
				return nil, err
			}
			if round > 0 {
				side.figures.add(metrics)
			}
		}
	}
	return result, nil
}

func (s scenario) attack(ctx context.Context, base string) (*vegeta.Metrics, error) {
	attacker := vegeta.NewAttacker(vegeta.Workers(workers), vegeta.MaxWorkers(workers), vegeta.Connections(workers))
	targeter := func(to *vegeta.Target) error {
		s.target(s.sent.Add(1), to)
		to.URL = base + to.URL
		return nil
	}
	stop := context.AfterFunc(ctx, func() { attacker.Stop() })
	defer stop()
	var metrics vegeta.Metrics
	wrong := ""
	for reply := range attacker.Attack(targeter, vegeta.Rate{}, roundLength, s.name) {
		metrics.Add(reply)
		if int(reply.Code) != s.status {
			wrong = fmt.Sprintf("%s %s returned %d %s: %s", reply.Method, reply.URL, reply.Code, reply.Error, reply.Body)
		}
	}
	metrics.Close()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if wrong != "" {
		return nil, fmt.Errorf("%s: want %d: %s", s.name, s.status, wrong)
	}
	return &metrics, nil
}

// result holds a scenario's figures for both sides.
type result struct {
	name          string
	service, bare figures
}

func (r result) String() string {
	pair := func(service, bare []float64) string {
		return fmt.Sprintf("%.1f/%.1f ms %.1fx", median(service), median(bare), median(service)/median(bare))
	}
	return strings.TrimRight(fmt.Sprintf("%-14s %8.0f/s %8.0f/s %6.0f%% %18s %18s", r.name, median(r.service.throughput),
		median(r.bare.throughput), 100*median(r.service.throughput)/median(r.bare.throughput),
		pair(r.service.p50, r.bare.p50), pair(r.service.p99, r.bare.p99)), " ")
}

// figures holds one value per round: requests per second, and latencies in milliseconds.
type figures struct{ throughput, p50, p99 []float64 }

func (f *figures) add(metrics *vegeta.Metrics) {
	milliseconds := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	f.throughput = append(f.throughput, metrics.Throughput)
	f.p50 = append(f.p50, milliseconds(metrics.Latencies.P50))
	f.p99 = append(f.p99, milliseconds(metrics.Latencies.P99))
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return (sorted[middle-1] + sorted[middle]) / 2
	}
	return sorted[middle]
}
