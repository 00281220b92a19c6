package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/app"
	"example.com/kubernetes-networking/apps/internal/database"
	"example.com/kubernetes-networking/apps/internal/logs"
	"example.com/kubernetes-networking/apps/internal/probe"
)

// A database without a connection limit ends Run before the app is built.
func TestTheLogLevelComesFromTheSettings(t *testing.T) {
	t.Cleanup(func() { _ = logs.SetLevel("") })
	log := logs.New(t.Output())
	for name, want := range map[string]slog.Level{"debug": slog.LevelDebug, "error": slog.LevelError, "": slog.LevelInfo} {
		settings := app.Settings{Telemetry: contract.Telemetry[string]{LogLevel: name}}
		if err := app.Run(t.Context(), settings, nil); err == nil {
			t.Fatal("a database takes any number of connections")
		}
		if !log.Enabled(t.Context(), want) || log.Enabled(t.Context(), want-1) {
			t.Errorf("the level %q does not log from %s on", name, want)
		}
	}
}

func TestAnUnknownLevelIsAnError(t *testing.T) {
	settings := app.Settings{Telemetry: contract.Telemetry[string]{LogLevel: "loud"}}
	const want = `set the level of the logs: slog: level string "loud": unknown name`
	if err := app.Run(t.Context(), settings, nil); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// freePort returns an unused port.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return port
}

// withoutDatabase returns the settings of an app whose database is unavailable, and which may probe itself.
func withoutDatabase(t *testing.T) app.Settings {
	t.Helper()
	port := freePort(t)
	return app.Settings{
		Name: "test", Port: port, Migrations: fstest.MapFS{},
		Database: contract.Database[string]{
			Host: "127.0.0.1", Port: "1", Name: "test", User: "test", Password: "test", SSLMode: "disable", MaxConnections: "1",
		},
		Probe: contract.ProbeEndpoint[string]{
			Port:      freePort(t),
			Allowlist: contract.Allowlist[string]{Targets: "http://localhost:" + port, Pods: "http://pods.demo.svc:8080"},
		},
	}
}

func build(*database.Database) (app.App, error) { return app.App{Handler: http.NotFoundHandler()}, nil }

func TestProbesAreServedWhileTheDatabaseIsUnavailable(t *testing.T) {
	settings := withoutDatabase(t)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- app.Run(ctx, settings, build) }()
	probes := apitest.API{URL: "http://127.0.0.1:" + settings.Probe.Port}
	var measured struct{ Data probe.Measurement }
	for measured.Data.Answer == nil { // until both listen
		answer, err := probes.Try(t, "GET", "/measurement?url=http://localhost:"+settings.Port, "")
		if err == nil {
			err = json.Unmarshal([]byte(answer.Text), &measured)
		}
		select {
		case err := <-done:
			t.Fatalf("the app stopped: %v", err)
		default:
		}
		if err != nil && !strings.Contains(err.Error(), "connection refused") {
			t.Fatal(err)
		}
	}
	if got := measured.Data; got.Answer.Status != http.StatusServiceUnavailable || got.Failure == nil || got.Failure.Code != "HTTP 5xx" {
		t.Errorf("got %+v, want that the app is not ready", got)
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("the app stopped with %v", err)
	}
	if _, err := probes.Try(t, "GET", "/measurement", ""); err == nil {
		t.Error("measurements are answered when the app has stopped")
	}
}

func TestATakenProbePortEndsTheApp(t *testing.T) {
	settings := withoutDatabase(t)
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", ":"+settings.Probe.Port)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	err = app.Run(t.Context(), settings, build)
	if err == nil || !strings.HasPrefix(err.Error(), "serve probes: listen on :"+settings.Probe.Port) || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("got %v, want the port and that it is in use", err)
	}
}

func TestInvalidSettingsEndTheApp(t *testing.T) {
	for want, change := range map[string]func(*app.Settings){
		"read the allowlist":      func(s *app.Settings) { s.Probe.Allowlist.Targets = "" },
		"read the response delay": func(s *app.Settings) { s.ResponseDelay = "slow" },
		"no app":                  nil,
	} {
		settings, build := withoutDatabase(t), build
		if change == nil {
			build = func(*database.Database) (app.App, error) { return app.App{}, errors.New("no app") }
		} else {
			change(&settings)
		}
		if err := app.Run(t.Context(), settings, build); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
