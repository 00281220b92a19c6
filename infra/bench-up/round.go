package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// update holds the arguments of `make up` for the dev stack. --refresh finds manual changes.
var update = []string{"up", "--yes", "--skip-preview", "--suppress-outputs", "--refresh"}

// round is one measurement of each command. All caches are warm: nothing is compiled, pushed or pulled.
type round struct {
	up, again, preview measurement
	pulls              []time.Duration
}

// measurement is the start time, the duration and the events of one command.
type measurement struct {
	began  time.Time
	took   time.Duration
	events []event
}

type event struct {
	at   time.Time
	what string
}

// measureRound measures each command once. It starts and ends with an empty cluster.
func measureRound(ctx context.Context, s *stack) (r round, err error) {
	watch, err := watchPods(ctx, s)
	if err != nil {
		return r, err
	}
	r.up, err = s.measure(ctx, update...)
	starts := watch.stop()
	if err != nil {
		return r, err
	}
	accept, err := databasesAccept(ctx, s)
	if err != nil {
		return r, err
	}
	r.up.events = append(append(r.up.events, starts...), accept)
	if r.pulls, err = pulls(ctx, s); err != nil {
		return r, err
	}
	if r.again, err = s.measure(ctx, append(slices.Clone(update), "--expect-no-changes")...); err != nil {
		return r, err
	}
	if r.preview, err = s.measure(ctx, "preview", "--expect-no-changes"); err != nil {
		return r, err
	}
	return r, s.destroy(ctx)
}

// measure runs a pulumi command and reads its events from the trace.
func (s *stack) measure(ctx context.Context, arguments ...string) (m measurement, err error) {
	file := filepath.Join(s.folder, "trace.json")
	if err := os.RemoveAll(file); err != nil {
		return m, err
	}
	m.began = time.Now()
	if err := s.pulumi(ctx, append(slices.Clone(arguments), "--config-file", s.config, "--otel-traces", "file://"+file)...); err != nil {
		return m, err
	}
	m.took = time.Since(m.began)
	spans, err := readTrace(file)
	if err != nil {
		return m, err
	}
	m.events = spans.events()
	return m, nil
}
