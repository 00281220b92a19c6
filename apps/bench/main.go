// Command bench compares the services with the minimum that could do the same: net/http and pgx, without gin, gorm,
// validation, metrics and logs. Both run as processes on loopback, on one real PostgreSQL with full durability. They take
// turns in short rounds, so that other load on the machine affects both.
//
// `make bench` builds the binaries and runs it. Start at bench; scenario.go lists the requests, and bare.go is the minimum.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

const (
	// rounds is the number of rounds of each scenario. The figures are medians.
	rounds = 7
	// roundLength is the length of a round.
	roundLength = 2 * time.Second
	// workers is the number of concurrent requests.
	workers = 8
)

func main() {
	binaries := flag.String("binaries", "", "folder of the services' binaries")
	bare := flag.String("bare", "", "serve the bare handlers on this address; bench starts itself with it")
	flag.Parse()
	runtime.LockOSThread() // the kernel stops the database server when the thread that started it ends
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	run := func() error { return bench(ctx, *binaries) }
	if *bare != "" {
		run = func() error { return serveBare(ctx, *bare) }
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

func bench(ctx context.Context, binaries string) error {
	setup, err := start(ctx, binaries)
	if err != nil {
		return err
	}
	defer setup.stop()
	atRest, err := setup.memory()
	if err != nil {
		return err
	}
	fmt.Printf("%d rounds of %s, %d requests at a time, medians\n\n", rounds, roundLength, workers)
	fmt.Printf("%-14s %10s %10s %7s %18s %18s\n", "", "service", "bare", "ratio", "p50 service/bare", "p99 service/bare")
	for _, scenario := range scenarios(setup) {
		result, err := scenario.measure(ctx)
		if err != nil {
			return err
		}
		fmt.Println(result)
	}
	underLoad, err := setup.memory()
	if err != nil {
		return err
	}
	fmt.Printf("\n%-14s %10s %10s\n", "resident", "at rest", "after load")
	for i, service := range setup.services {
		fmt.Printf("%-14s %7.1f MB %7.1f MB\n", service.name, atRest[i], underLoad[i])
	}
	return nil
}
