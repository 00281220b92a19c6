package traces

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"

	"example.com/kubernetes-networking/apps/contract"
)

const (
	// maxTraces is how many traces are kept: what a reader may want to go back to, and 20 MB at most with maxSpans and
	// maxText.
	maxTraces = 100
	// maxKept is how many of them may be the form's. Of both sorts the newest stay, and neither drives out the other.
	maxKept = maxTraces / 2
	// maxSpans is for one trace. A visitor's purchase has about 50.
	maxSpans = 200
	// settledAfter is how long after its last span a trace is taken for complete: the services send their spans every second,
	// and again after five or more where that failed.
	settledAfter = 12 * time.Second
)

// Store keeps the last traces in memory. It may be used by any number of goroutines.
type Store struct {
	nodes index
	// decoding holds a place for each request that is being read, so that many at once take no more memory than a few.
	decoding chan struct{}

	mutex   sync.Mutex
	changed chan struct{}
	records map[trace.TraceID]*record
	// arrivals are the same records, the oldest first.
	arrivals []*record
}

// record is what is known of one trace.
type record struct {
	id        trace.TraceID
	kept, cut bool
	spans     map[trace.SpanID]span
	// arrived is when the last span did.
	arrived time.Time
	numbers *numbering
	// made is the trace of the spans; nil if some have arrived since.
	made *Trace
}

// NewStore returns a store without traces. The topology says what spans are on the map.
func NewStore(topology contract.Topology) *Store {
	return &Store{
		nodes:    newIndex(topology),
		decoding: make(chan struct{}, maxDecoding),
		changed:  make(chan struct{}),
		records:  map[trace.TraceID]*record{},
	}
}

// Changed returns what is closed at the next change. Ask for it before you look: then no change is missed.
func (s *Store) Changed() <-chan struct{} {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.changed
}

// Trace returns the trace with this id, as far as it has arrived. Its slices are shared with other callers: do not
// change them.
func (s *Store) Trace(id string) (Trace, bool) {
	parsed, err := trace.TraceIDFromHex(id)
	if err != nil {
		return Trace{}, false
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	found := s.records[parsed]
	if found == nil || len(found.spans) == 0 {
		return Trace{}, false
	}
	return *found.trace(s.nodes, found.settled()), true
}

// Traces returns the traces, newest first. Those of which there is nothing but a database's spans are left out: they are
// what a service does without being asked, such as a look into its outbox, or the part of a request that was sent before
// the request ended. The slices in them are shared with other callers: do not change them.
func (s *Store) Traces() []Trace {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	all := []Trace{}
	for _, record := range s.arrivals {
		if record.worthALook() {
			all = append(all, *record.trace(s.nodes, record.settled()))
		}
	}
	slices.SortStableFunc(all, func(a, b Trace) int {
		return cmp.Or(b.Began.Compare(a.Began), cmp.Compare(a.ID, b.ID))
	})
	return all
}

// keep marks a trace as begun by the form.
func (s *Store) keep(id trace.TraceID) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	record := s.record(id)
	record.kept, record.made = true, nil
	s.evict()
}

// add stores a span, once however often it arrives. Callers announce the change when they have added all they have.
func (s *Store) add(id trace.TraceID, new span) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	record := s.record(id)
	if _, known := record.spans[new.id]; known {
		return
	}
	record.made, record.arrived = nil, time.Now()
	if len(record.spans) == maxSpans {
		record.cut = true
		return
	}
	record.spans[new.id] = new
	s.evict()
}

// announce closes the channel of Changed.
func (s *Store) announce() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	close(s.changed)
	s.changed = make(chan struct{})
}

// record returns what is known of a trace, which may be nothing yet.
func (s *Store) record(id trace.TraceID) *record {
	if s.records[id] == nil {
		s.records[id] = &record{id: id, arrived: time.Now(), numbers: newNumbering(), spans: map[trace.SpanID]span{}}
		s.arrivals = append(s.arrivals, s.records[id])
	}
	return s.records[id]
}

// evict forgets the oldest trace if there are too many, and those of the form last, as long as they are not too many.
func (s *Store) evict() {
	kept := 0
	for _, record := range s.arrivals {
		if record.kept {
			kept++
		}
	}
	if kept <= maxKept && len(s.arrivals) <= maxTraces {
		return
	}
	oldest := slices.IndexFunc(s.arrivals, func(record *record) bool { return record.kept == (kept > maxKept) })
	delete(s.records, s.arrivals[oldest].id)
	s.arrivals = slices.Delete(s.arrivals, oldest, oldest+1)
}

func (r *record) settled() bool { return time.Since(r.arrived) >= settledAfter }

func (r *record) worthALook() bool {
	for _, span := range r.spans {
		if !span.database {
			return true
		}
	}
	return false
}
