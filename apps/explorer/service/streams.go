package service

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"example.com/kubernetes-networking/apps/internal/problem"
)

const (
	// mostStreams is how many pages may be open at the same time: each costs some 50 KiB of memory.
	mostStreams = 1000
	// pause is the time between two events. What changes meanwhile comes with the next one.
	pause = 250 * time.Millisecond
	// aliveEvery is how often a page hears that the explorer is there although nothing changes.
	aliveEvery = 15 * time.Second
	// slowest is how long a page may take to read one event.
	slowest = 10 * time.Second
)

// streams are the pages that are open.
type streams struct {
	ctx  context.Context
	live *live
	open chan struct{}
}

func newStreams(ctx context.Context, live *live) *streams {
	return &streams{ctx: ctx, live: live, open: make(chan struct{}, mostStreams)}
}

// serve tells a page of every change until it is closed or the explorer stops.
func (s *streams) serve(w http.ResponseWriter, r *http.Request) error {
	select {
	case s.open <- struct{}{}:
		defer func() { <-s.open }()
	default:
		return problem.New(http.StatusServiceUnavailable, "%d pages are open, the most that the explorer keeps up to date. Close some.", mostStreams)
	}
	if s.ctx.Err() != nil {
		return problem.New(http.StatusServiceUnavailable, "The explorer is stopping.")
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	if err := send(w, []byte("retry: 2000\n\n")); err != nil {
		return nil //nolint:nilerror // the page is closed, and so is everything that could be answered
	}
	s.tell(w, r)
	return nil
}

// tell sends the newest frame whenever there is one. A page that reads slowly misses those between.
func (s *streams) tell(w http.ResponseWriter, r *http.Request) {
	alive := time.NewTicker(aliveEvery)
	defer alive.Stop()
	var told *frame
	for {
		s.live.sources.Observer.RecordView()
		newest, err := s.live.frame()
		if err != nil {
			panic(http.ErrAbortHandler) // the page says that it is not live any more, and the log of / says why
		}
		if newest != told {
			if news := newest.after(told); len(news) > 0 {
				if send(w, news) != nil {
					return
				}
				alive.Reset(aliveEvery)
			}
			told = newest
			if !s.wait(r, time.After(pause)) {
				return
			}
		}
		select {
		case <-newest.cluster:
		case <-newest.calls:
		case <-alive.C:
			if send(w, event("alive", "")) != nil {
				return
			}
		case <-r.Context().Done():
			return
		case <-s.ctx.Done():
			return
		}
	}
}

// wait reports whether the page and the explorer are still there when the time is over.
func (s *streams) wait(r *http.Request, over <-chan time.Time) bool {
	select {
	case <-over:
		return true
	case <-r.Context().Done():
	case <-s.ctx.Done():
	}
	return false
}

func send(w http.ResponseWriter, text []byte) error {
	// Longer than until the next event: reading has no deadline of its own here, it only notices that the page is closed.
	if err := extend(w, aliveEvery+slowest); err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return fmt.Errorf("tell a page of a change: %w", err)
	}
	if err := http.NewResponseController(w).Flush(); err != nil {
		return fmt.Errorf("tell a page of a change: %w", err)
	}
	return nil
}
