// Command bench-cluster measures the embedded cluster: the time from nothing to a first Pod that answers, the time of a
// restart with the demo's data and of a stop, and the memory at rest. `make bench-cluster` runs it, after `make up`.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	root := flag.String("root", ".local", "folder of the binaries and the demo's cluster")
	rounds := flag.Int("rounds", 5, "number of measurements")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *root, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "bench-cluster:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root string, rounds int) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	report := newReport(rounds)
	if err := restarts(ctx, newCluster(root), report); err != nil {
		return err
	}
	if err := newClusters(ctx, root, report); err != nil {
		return err
	}
	report.print(os.Stdout)
	return nil
}

// restarts measures the demo's cluster. It leaves the cluster stopped, so that it does not compete with the next
// measurement.
func restarts(ctx context.Context, demo *cluster, report *report) error {
	if err := demo.run(ctx, "down"); err != nil {
		return err
	}
	for round := range report.rounds {
		if err := report.time("restart: every Pod of the demo Ready", 15, func() error {
			if err := report.time("restart: cluster up returns", 0, func() error { return demo.run(ctx, "up") }); err != nil {
				return err
			}
			return demo.await(ctx, demo.podsReady)
		}); err != nil {
			return err
		}
		if round == 0 {
			if err := report.memory(ctx, "memory at rest, with the demo (MB)", demo); err != nil {
				return err
			}
		}
		if err := report.time("down, with the demo", 5, func() error { return demo.run(ctx, "down") }); err != nil {
			return err
		}
		report.printRound(round, "restart with the demo")
	}
	return nil
}

// newClusters measures clusters that start without state.
func newClusters(ctx context.Context, root string, report *report) error {
	scratch, err := scratchRoot(root)
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	c := newCluster(scratch)
	defer c.run(context.WithoutCancel(ctx), "delete") //nolint:errcheck // an earlier command has deleted it or returned the error
	for round := range report.rounds {
		if err := report.time("new cluster: a first Pod answers", 8, func() error {
			if err := report.time("new cluster: node Ready, DNS answers", 0, func() error { return c.run(ctx, "up") }); err != nil {
				return err
			}
			return c.serveFirstPod(ctx)
		}); err != nil {
			return err
		}
		if round == 0 {
			if err := report.memory(ctx, "memory at rest, one Pod (MB)", c); err != nil {
				return err
			}
		}
		if err := report.time("down, one Pod", 5, func() error { return c.run(ctx, "down") }); err != nil {
			return err
		}
		if err := c.run(ctx, "delete"); err != nil {
			return err
		}
		report.printRound(round, "new cluster")
	}
	return nil
}
