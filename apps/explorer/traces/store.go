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
	// maxTraces is the number of stored traces. With maxSpans and maxText they take at most 20 MB.
	maxTraces = 100
	// maxKept is how many of them may come from the form. Traces of the form and other traces do not evict each other.
	maxKept = maxTraces / 2
	// maxSpans bounds the spans of one trace. A purchase has about 50.
	maxSpans = 200
	// settledAfter is the time after its last span when a trace counts as complete. The services send their spans every
	// second, and retry after five seconds or more.
	settledAfter = 12 * time.Second
)

// Store keeps the latest traces in memory. It is safe for concurrent use.
type Store struct {
	nodes index
	// decoding holds an element for each request being decoded, which bounds the memory that concurrent requests take.
	decoding chan struct{}

	mutex   sync.Mutex
	records map[trace.TraceID]*record
	// arrivals holds the same records, the oldest first.
	arrivals []*record
}

// record holds the spans of one trace.
type record struct {
	id        trace.TraceID
	kept, cut bool
	spans     map[trace.SpanID]span
	// arrived is the arrival of the last span.
	arrived time.Time
	numbers *numbering
	// made caches the trace of the spans; nil if spans have arrived since.
	made *Trace
}

// NewStore returns an empty store. The topology determines which calls are hops.
func NewStore(topology contract.Topology) *Store {
	return &Store{
		nodes:    newIndex(topology),
		decoding: make(chan struct{}, maxDecoding),
		records:  map[trace.TraceID]*record{},
	}
}

// Trace returns the trace with this id, with the spans that have arrived. Callers share its slices, and must not change
// them.
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

// Traces returns the traces, newest first. It omits traces with database spans only: they belong to background work,
// such as polling the outbox, or to a request whose own span has not arrived yet. Callers share the slices of the
// traces, and must not change them.
func (s *Store) Traces() []Trace {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	all := []Trace{}
	for _, record := range s.arrivals {
		if record.isRequest() {
			all = append(all, *record.trace(s.nodes, record.settled()))
		}
	}
	slices.SortStableFunc(all, func(a, b Trace) int {
		return cmp.Or(b.Began.Compare(a.Began), cmp.Compare(a.ID, b.ID))
	})
	return all
}

// keep marks a trace that begins with the form.
func (s *Store) keep(id trace.TraceID) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	record := s.record(id)
	record.kept, record.made = true, nil
	s.evict()
}

// add stores a span, unless it is already stored.
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

// record returns the record of a trace. It creates the record if needed.
func (s *Store) record(id trace.TraceID) *record {
	if s.records[id] == nil {
		s.records[id] = &record{id: id, arrived: time.Now(), numbers: newNumbering(), spans: map[trace.SpanID]span{}}
		s.arrivals = append(s.arrivals, s.records[id])
	}
	return s.records[id]
}

// evict deletes the oldest trace if there are too many. It deletes a trace of the form only if there are more than
// maxKept.
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

func (r *record) isRequest() bool {
	for _, span := range r.spans {
		if !span.database {
			return true
		}
	}
	return false
}
