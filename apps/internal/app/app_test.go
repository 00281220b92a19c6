package app_test

import (
	"log/slog"
	"testing"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/app"
	"example.com/kubernetes-networking/apps/internal/logs"
)

// A database without a limit of connections ends Run before anything is built.
func TestTheLevelOfTheLogsIsThatOfTheSettings(t *testing.T) {
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

func TestALevelThatIsNoneIsAnError(t *testing.T) {
	settings := app.Settings{Telemetry: contract.Telemetry[string]{LogLevel: "loud"}}
	const want = `set the level of the logs: slog: level string "loud": unknown name`
	if err := app.Run(t.Context(), settings, nil); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
