// Package process runs an app as a process: logs, configuration, signals and the exit code. The main function of each app
// calls Main.
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

// Main loads the environment C and calls run, whose context ends on SIGTERM or SIGINT. It exits with code 1 if run
// returns an error. Logs are JSON lines on the standard output, where the kubelet collects them.
func Main[C contract.Environment](run func(context.Context, C) error) {
	logger, stop := logs.NewBuffered(os.Stdout)
	var app C
	slog.SetDefault(logger.With("app", app.App()))
	if err := start(run); err != nil {
		slog.Error("stopped by an error", "error", redact.Text(err.Error())) // errors are written without buffering
		os.Exit(1)
	}
	slog.Info("stopped")
	_ = stop() // a failing log has no place to report its error
}

func start[C any](run func(context.Context, C) error) error {
	config, err := contract.Load[C](env.ToMap(os.Environ()))
	if err != nil {
		return err
	}
	slog.Info("starting", "config", contract.Masked(config))
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	// After the first signal, the default handling is back: a second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	defer stop()
	return run(ctx, config)
}
