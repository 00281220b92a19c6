package service

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"example.com/kubernetes-networking/apps/internal/problem"
)

const (
	// mostStreams limits the open pages. Each takes about 50 KiB of memory.
	mostStreams = 1000
	// pause is the minimum time between two events.
	pause = 250 * time.Millisecond
	// aliveEvery is the time between two heartbeats while nothing changes.
	aliveEvery = 15 * time.Second
	// slowest is the maximum time that a page may take to read an event.
	slowest = 10 * time.Second
)

// streams holds the open pages.
type streams struct {
	ctx  context.Context
	live *live
	open chan struct{}
}

func newStreams(ctx context.Context, live *live) *streams {
	return &streams{ctx: ctx, live: live, open: make(chan struct{}, mostStreams)}
}

// serve sends changes to a page until the page is closed or the explorer stops.
func (s *streams) serve(w http.ResponseWriter, r *http.Request) error {
	select {
	case s.open <- struct{}{}:
		defer func() { <-s.open }()
	default:
		return problem.New(http.StatusServiceUnavailable,
			"The explorer cannot update more than %d open pages. Close some.", mostStreams)
	}
	if s.ctx.Err() != nil {
		return problem.New(http.StatusServiceUnavailable, "The explorer is stopping.")
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	if err := send(w, []byte("retry: 2000\n\n")); err != nil {
		return nil //nolint:nilerror // the page is closed, and cannot receive an answer
	}
	s.sendFrames(w, r)
	return nil
}

// sendFrames sends the newest frame whenever it changes. A slow page misses the frames between.
func (s *streams) sendFrames(w http.ResponseWriter, r *http.Request) {
	alive := time.NewTicker(aliveEvery)
	defer alive.Stop()
	var sent *frame
	for {
		s.live.deps.Observer.RecordView()
		newest, err := s.live.frame()
		if err != nil {
			panic(http.ErrAbortHandler) // the page shows that it is not live; a request of / logs the error
		}
		if newest != sent {
			if news := newest.after(sent); len(news) > 0 {
				if send(w, news) != nil {
					return
				}
				alive.Reset(aliveEvery)
			}
			sent = newest
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

// wait blocks for a while. It returns false if the page is closed or the explorer stops.
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
	// Until after the next event. The read deadline only serves to detect that the page is closed.
	if err := extend(w, aliveEvery+slowest); err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return fmt.Errorf("send an event to a page: %w", err)
	}
	if err := http.NewResponseController(w).Flush(); err != nil {
		return fmt.Errorf("send an event to a page: %w", err)
	}
	return nil
}
