// Package app assembles a service from its parts: logs, telemetry, database, API, background work, probes and server. The
// three services call Run.
package app

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/database"
	"example.com/kubernetes-networking/apps/internal/logs"
	"example.com/kubernetes-networking/apps/internal/probe"
	"example.com/kubernetes-networking/apps/internal/server"
	"example.com/kubernetes-networking/apps/internal/telemetry"
)

// App is the part that differs between services.
type App struct {
	Handler http.Handler
	// Work runs in the background after the migrations, until ctx ends. Optional.
	Work func(ctx context.Context) error
}

// Settings is the part of the configuration that all services share.
type Settings struct {
	Name       string
	Port       string
	Database   contract.Database[string]
	Telemetry  contract.Telemetry[string]
	Probe      contract.ProbeEndpoint[string]
	Migrations fs.FS
	// ResponseDelay delays every answer, in the format of time.ParseDuration; empty for no delay.
	ResponseDelay string
}

// Run serves the app that build returns until ctx ends. Then it waits for running requests, ends the work, closes the
// database, and sends the last spans, in this order.
func Run(ctx context.Context, settings Settings, build func(*database.Database) (App, error)) error {
	if err := logs.SetLevel(settings.Telemetry.LogLevel); err != nil {
		return err
	}
	stop, err := telemetry.Start(ctx, settings.Name, settings.Telemetry)
	if err != nil {
		return err
	}
	defer flush(ctx, stop)
	db, err := database.Open(settings.Database)
	if err != nil {
		return err
	}
	defer db.Close()
	app, err := build(db)
	if err != nil {
		return err
	}
	delay, err := responseDelay(settings.ResponseDelay)
	if err != nil {
		return err
	}
	stopProbes, err := serveProbes(ctx, settings.Probe)
	if err != nil {
		return err
	}
	defer stopProbes()
	return server.Server{
		Address:       ":" + settings.Port,
		Handler:       app.Handler,
		Prepare:       func(ctx context.Context) error { return db.Prepare(ctx, settings.Migrations) },
		Work:          app.Work,
		Ready:         db.Ready,
		ResponseDelay: delay,
	}.Run(ctx)
}

// serveProbes serves the explorer's probes as long as the process lives, above all while the app is not ready.
func serveProbes(ctx context.Context, settings contract.ProbeEndpoint[string]) (stop func(), err error) {
	handler, err := probe.Handler(settings.Allowlist)
	if err != nil {
		return nil, err
	}
	if stop, err = server.Beside(ctx, ":"+settings.Port, handler); err != nil {
		return nil, fmt.Errorf("serve probes: %w", err)
	}
	return stop, nil
}

func responseDelay(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	delay, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("read the response delay: %w", err)
	}
	return delay, nil
}

// flush stops telemetry after ctx has ended. Lost spans are not an error of the process.
func flush(ctx context.Context, stop func(context.Context) error) {
	if err := stop(context.WithoutCancel(ctx)); err != nil {
		slog.WarnContext(ctx, "cannot send the last spans", "error", err)
	}
}
