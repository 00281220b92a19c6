package supervisor

import (
	"context"
	"errors"
	"log"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestALongWaitIsLoggedEveryTenSeconds(t *testing.T) {
	var lines strings.Builder
	log.SetOutput(&lines) // slog writes to it
	defer log.SetOutput(os.Stderr)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
		defer cancel()
		probe := Probe{"it answers", func(context.Context) error { return errors.New("connection refused") }}
		if probe.await(ctx, "etcd") == nil {
			t.Error("a check that fails has succeeded")
		}
	})
	want := `WARN component still waits component=etcd until="it answers" error="connection refused"`
	if got := strings.Count(lines.String(), want); got != 2 {
		t.Errorf("the log has %d times %s, want 2:\n%s", got, want, lines.String())
	}
}
