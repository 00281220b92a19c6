// Command bench measures the embedded cluster: from nothing to a first Pod that answers, a restart with the demo's data, the
// memory at rest, and the stop. `make bench-cluster` runs it, with the demo deployed.
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
	root := flag.String("root", ".local", "folder of the binaries and of the demo's cluster")
	rounds := flag.Int("rounds", 5, "how often everything is measured")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *root, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
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

// restarts measures the demo's cluster, and leaves it stopped: two would share the processors.
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
		report.say(round, "restart with the demo")
	}
	return nil
}

// newClusters measures clusters that begin without any state.
func newClusters(ctx context.Context, root string, report *report) error {
	scratch, err := scratchRoot(root)
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	c := newCluster(scratch)
	defer c.run(context.WithoutCancel(ctx), "delete") //nolint:errcheck // it is gone, or a command before this has said why not
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
		report.say(round, "new cluster")
	}
	return nil
}
