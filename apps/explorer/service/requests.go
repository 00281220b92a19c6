package service

import (
	"net/http"
	"time"

	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/traces"
	"example.com/kubernetes-networking/apps/internal/problem"
)

const (
	// purchaseTimeout is for five steps of at most three seconds each.
	purchaseTimeout = 20 * time.Second
	// young is how long after its end a trace may get more spans: the services send theirs every second, and again after
	// five or more where that failed.
	young = 12 * time.Second
	// maxForm is far more than the form's three fields can hold.
	maxForm = 8 << 10
)

// requestsPage is the form and the last requests.
type requestsPage struct {
	Fields []field
	Traces []traces.Trace
	// Problem is why a purchase was not made, and Cause the call that explains it, as the map shows it. Failed is the trace of
	// what was made of it.
	Problem, Failed string
	Cause           *calls.Call
}

func (s *site) showRequests(w http.ResponseWriter, _ *http.Request) error {
	s.Observer.Look() // so that the causes are those of the moment when the form comes back
	return s.requests(w, http.StatusOK, requestsPage{Fields: fieldsOf(traces.Purchase{FirstName: "Ada", LastName: "Lovelace", Product: "Engine"})})
}

func (s *site) requests(w http.ResponseWriter, status int, shown requestsPage) error {
	shown.Traces = s.Traces.Traces()
	return s.pages.show(w, status, "requests", page{Title: "Follow a request", Section: "Requests", Content: shown})
}

// shop makes the purchase of the form, and leads to its trace.
func (s *site) shop(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return problem.New(http.StatusBadRequest, "The form could not be read. Use the one at /requests.").Because(err)
	}
	purchase, fields, acceptable := readForm(r.PostForm)
	if !acceptable {
		return s.requests(w, http.StatusUnprocessableEntity, requestsPage{Fields: fields, Problem: "Some values are not acceptable, see below."})
	}
	ctx, cancel, err := s.purchases.begin(w, r, purchaseTimeout)
	if err != nil {
		return err
	}
	defer cancel()
	s.Observer.Look()
	id, err := s.Shopper.Shop(ctx, purchase)
	if err != nil {
		return s.requests(w, http.StatusBadGateway, requestsPage{Fields: fields, Problem: sentence(err), Cause: s.cause(err), Failed: id})
	}
	http.Redirect(w, r, "/requests/"+id, http.StatusSeeOther)
	return nil
}

// requestPage is one request, followed.
type requestPage struct {
	Trace traces.Trace
	Map   mapView
	Bars  []bar
	Young bool
	// Causes are the calls that fail on the map, by the number of the hop that failed there.
	Causes map[int]calls.Call
}

func (s *site) showRequest(w http.ResponseWriter, r *http.Request) error {
	trace, found := s.Traces.Trace(r.PathValue("id"))
	if !found {
		return problem.New(http.StatusNotFound, "There is no trace %s: the explorer keeps the last ones, until it is restarted. Make one at /requests.", r.PathValue("id"))
	}
	shown := requestPage{
		Trace: trace, Map: newMapView(s.Topology, s.live.picture()), Bars: barsOf(trace),
		Young: time.Since(trace.Began) < young+time.Duration(trace.Milliseconds*float64(time.Millisecond)),
	}
	shown.Causes = s.causes(trace)
	shown.Map.follow(trace.Hops)
	return s.pages.show(w, http.StatusOK, "request", page{Title: "Request " + trace.Name, Section: "Requests", Content: shown})
}

// bar is a span with its place on a scale of a thousand.
type bar struct {
	traces.Span
	X, W, Indent int
	End          float64
}

func barsOf(trace traces.Trace) []bar {
	var bars []bar
	for _, span := range trace.Spans {
		const scale, deepest = 1000, 8
		whole := max(trace.Milliseconds, 0.001)
		x := min(scale-4, max(0, int(span.Start/whole*scale)))
		bars = append(bars, bar{
			Span: span, X: x, W: max(4, min(scale-x, int(span.Milliseconds/whole*scale))),
			Indent: min(span.Depth, deepest), End: span.Start + span.Milliseconds,
		})
	}
	return bars
}
