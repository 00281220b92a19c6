// Command bench measures the services beside the least that could do the same: net/http and pgx, without gin, gorm,
// checks, metrics or logs. Both run as processes of their own on loopback, on one real PostgreSQL with its usual
// durability, and take turns in short rounds, so that whatever else the machine does falls on both.
//
// `make bench` builds the binaries and runs it.
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

type options struct {
	binaries string
	rounds   int
	round    time.Duration
	workers  uint64
}

func main() {
	var o options
	flag.StringVar(&o.binaries, "binaries", "", "folder of the services' binaries")
	flag.IntVar(&o.rounds, "rounds", 7, "rounds of each measurement; the figures are their medians")
	flag.DurationVar(&o.round, "round", 2*time.Second, "length of a round")
	flag.Uint64Var(&o.workers, "workers", 8, "requests under way at the same time")
	bare := flag.String("bare", "", "serve the bare handlers on this address, which is what bench starts itself for")
	flag.Parse()
	runtime.LockOSThread() // the kernel ends the database server when the thread that started it ends
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	run := func() error { return bench(ctx, o) }
	if *bare != "" {
		run = func() error { return serveBare(ctx, *bare) }
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

func bench(ctx context.Context, o options) error {
	setup, err := start(ctx, o.binaries)
	if err != nil {
		return err
	}
	defer setup.stop()
	atRest, err := setup.memory()
	if err != nil {
		return err
	}
	fmt.Printf("%d rounds of %s, %d requests at a time, medians\n\n", o.rounds, o.round, o.workers)
	fmt.Printf("%-14s %10s %10s %7s %18s %18s\n", "", "service", "bare", "ratio", "p50 service/bare", "p99 service/bare")
	for _, scenario := range scenarios(setup) {
		result, err := scenario.measure(ctx, o)
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
