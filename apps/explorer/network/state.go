package network

import (
	"sync"
	"time"
)

// state is how the watch of one resource is doing.
type state struct {
	mutex sync.Mutex
	// since is when the API server was first asked without having opened a watch; zero while one is open.
	since time.Time
	// verb and err are of the last request that failed; nil if none has since then.
	verb string
	err  error
}

// asks is called before each request.
func (s *state) asks() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.since.IsZero() {
		s.since = time.Now()
	}
}

// opened is called when a watch is open.
func (s *state) opened() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.since, s.verb, s.err = time.Time{}, "", nil
}

// failed is called when a request has failed.
func (s *state) failed(verb string, err error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.verb, s.err = verb, err
}

// patience is how long an answer may take before the page says that it waits.
const patience = 2 * time.Second

// trouble is what is wrong with one resource.
type trouble struct {
	resource string
	// arrived says that its list has been read before.
	arrived bool
	since   time.Time
	verb    string
	// err is nil where the API server has not answered at all.
	err error
}

// trouble returns what is wrong at the moment, if anything is.
func (r *resource) trouble(now time.Time) (trouble, bool) {
	r.state.mutex.Lock()
	defer r.state.mutex.Unlock()
	found := trouble{resource: r.name, arrived: r.arrived.Load(), since: r.state.since, verb: r.state.verb, err: r.state.err}
	return found, !found.since.IsZero() && (found.err != nil || now.Sub(found.since) > patience)
}
