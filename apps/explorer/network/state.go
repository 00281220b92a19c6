package network

import (
	"sync"
	"time"
)

// state is the state of the watch of one resource.
type state struct {
	mutex sync.Mutex
	// since is the start of the first request since the last watch was open; zero while a watch is open.
	since time.Time
	// verb and err belong to the last failed request since then; err is nil if no request has failed.
	verb string
	err  error
}

// started records the start of a request.
func (s *state) started() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.since.IsZero() {
		s.since = time.Now()
	}
}

// opened records that a watch is open.
func (s *state) opened() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.since, s.verb, s.err = time.Time{}, "", nil
}

// failed records a failed request.
func (s *state) failed(verb string, err error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.verb, s.err = verb, err
}

// slowAfter is how long an answer may take before the page reports a problem.
const slowAfter = 2 * time.Second

// trouble is the problem of one resource.
type trouble struct {
	resource string
	// arrived is true if its list has been read before.
	arrived bool
	since   time.Time
	verb    string
	// err is nil if the API server has not answered.
	err error
}

// trouble returns the current problem of a resource, and reports whether there is one. arrived is true if its list has
// been read before.
func (s *state) trouble(resource string, arrived bool, now time.Time) (trouble, bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	found := trouble{resource: resource, arrived: arrived, since: s.since, verb: s.verb, err: s.err}
	return found, !found.since.IsZero() && (found.err != nil || now.Sub(found.since) > slowAfter)
}
