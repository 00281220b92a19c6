package database

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestOnlyAnUnusuallyLongWaitForTheDatabaseIsAWarning(t *testing.T) {
	for took, warnings := range map[time.Duration]int{0: 0, 25 * time.Second: 0, 40 * time.Second: 1, 95 * time.Second: 3} {
		synctest.Test(t, func(t *testing.T) {
			var log bytes.Buffer
			before := slog.Default()
			slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
			defer slog.SetDefault(before)
			began := time.Now()
			err := await(t.Context(), func(context.Context) error {
				if time.Since(began) < took {
					return errors.New("connection refused")
				}
				return nil
			})
			if got := strings.Count(log.String(), "level=WARN"); err != nil || got != warnings || strings.Count(log.String(), "level=") != warnings {
				t.Errorf("a database that answers after %s: %d warnings, %v; want %d and nothing else\n%s", took, got, err, warnings, &log)
			}
		})
	}
}
