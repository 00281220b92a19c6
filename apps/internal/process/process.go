// Package process is what the main functions of the apps share: logs, configuration, signals and the exit code.
package process

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/caarlos0/env/v11"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/contract/redact"
	"example.com/kubernetes-networking/apps/internal/logs"
)

// Main runs an app whose environment is C until SIGTERM or SIGINT, and ends the process with code 1 if it fails.
// Logs are JSON lines on the standard output, where the kubelet collects them.
func Main[C any](name string, run func(context.Context, C) error) {
	logger, stop := logs.NewBuffered(os.Stdout)
	slog.SetDefault(logger.With("app", name))
	if err := start(run); err != nil {
		slog.Error("stopped by an error", "error", redact.Text(err.Error())) // an error is written at once
		os.Exit(1)
	}
	slog.Info("stopped")
	_ = stop() // there is nowhere to tell that the log cannot be written
}

func start[C any](run func(context.Context, C) error) error {
	config, err := contract.Load[C](env.ToMap(os.Environ()))
	if err != nil {
		return err
	}
	slog.Info("starting", "config", contract.Masked(config))
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	// After the first signal the next one ends the process at once, as if nobody handled it.
	context.AfterFunc(ctx, stop)
	defer stop()
	return run(ctx, config)
}
