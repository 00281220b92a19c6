package service

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/traces"
	"example.com/kubernetes-networking/apps/internal/problem"
)

const (
	// purchaseTimeout bounds five steps of at most three seconds each.
	purchaseTimeout = 20 * time.Second
	// maxForm far exceeds the size of the form's three fields.
	maxForm = 8 << 10
)

// requestsPage holds the form and the latest requests.
type requestsPage struct {
	Fields []field
	Traces []traces.Trace
	// Problem is why a purchase failed. Cause is the failing call on the map that explains it. Failed is the id of the
	// failed purchase's trace.
	Problem, Failed string
	Cause           *calls.Call
}

func (s *site) showRequests(w http.ResponseWriter, _ *http.Request) error {
	s.Observer.RecordView() // so that the causes are fresh when the form is sent
	return s.requests(w, http.StatusOK,
		requestsPage{Fields: fieldsOf(traces.Purchase{FirstName: "Ada", LastName: "Lovelace", Product: "Engine"})})
}

func (s *site) requests(w http.ResponseWriter, status int, shown requestsPage) error {
	shown.Traces = s.Traces.Traces()
	return s.pages.show(w, status, "requests", page{Title: "Follow a request", Section: "Requests", Content: shown})
}

// buy makes the purchase of the form, and redirects to its trace.
func (s *site) buy(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return problem.New(http.StatusBadRequest, "The form could not be read. Use the form at /requests.").Because(err)
	}
	purchase, fields, acceptable := readForm(r.PostForm)
	if !acceptable {
		return s.requests(w, http.StatusUnprocessableEntity,
			requestsPage{Fields: fields, Problem: "Some values are invalid, see below."})
	}
	ctx, cancel, err := s.purchaseLimiter.begin(w, r, purchaseTimeout)
	if err != nil {
		return err
	}
	defer cancel()
	s.Observer.RecordView()
	id, err := s.Buyer.Buy(ctx, purchase)
	if err != nil {
		return s.requests(w, http.StatusBadGateway,
			requestsPage{Fields: fields, Problem: sentence(err), Cause: s.cause(err), Failed: id})
	}
	http.Redirect(w, r, "/requests/"+id, http.StatusSeeOther)
	return nil
}

// requestPage is the page of one request.
type requestPage struct {
	Trace traces.Trace
	Map   mapView
	Hops  []hopRow
	Spans []spanRow
}

// HasCommand reports whether the page contains a command.
func (p requestPage) HasCommand() bool {
	return slices.ContainsFunc(p.Hops, func(row hopRow) bool {
		return row.hasCommand() || slices.ContainsFunc(row.Databases, hopRow.hasCommand)
	})
}

func (r hopRow) hasCommand() bool { return r.Cause != nil && r.Cause.Command != "" }

// hopRow is a hop in the list of hops.
type hopRow struct {
	traces.Hop
	// Indent is the number of callers above the hop.
	Indent int
	// Story is the path of the call's story; empty for an undeclared call.
	Story string
	// Databases are the hops to databases for this call. They are collapsed.
	Databases []hopRow
	// Cause is the call on the map, if both the hop and the call fail; otherwise nil.
	Cause *calls.Call
}

func (s *site) showRequest(w http.ResponseWriter, r *http.Request) error {
	trace, found := s.Traces.Trace(r.PathValue("id"))
	if !found {
		return problem.New(http.StatusNotFound, "There is no trace %s. The explorer keeps only the newest in memory. "+
			"Create one at /requests.", r.PathValue("id"))
	}
	shown := requestPage{
		Trace: trace, Map: newMapView(s.Topology, s.live.picture()), Spans: spanRows(trace), Hops: s.hopRows(trace),
	}
	shown.Map.follow(trace.Hops)
	return s.pages.show(w, http.StatusOK, "request", page{Title: trace.Name, Section: "Requests", Content: shown})
}

// hopRows returns the hops, with the hops to databases below the call for which they were made.
func (s *site) hopRows(trace traces.Trace) []hopRow {
	causes := s.causes(trace)
	rows := []hopRow{}
	for _, hop := range trace.Hops {
		row := hopRow{Hop: hop, Indent: strings.Count(hop.Number, ".")}
		if s.Topology.Declared(hop.From, hop.To) {
			row.Story = "/calls/" + hop.From + "/" + hop.To
		}
		if cause, fails := causes[hop.Number]; fails {
			row.Cause = &cause
		}
		caller := -1
		if at := strings.LastIndex(hop.Number, "."); at >= 0 {
			caller = slices.IndexFunc(rows, func(row hopRow) bool { return row.Number == hop.Number[:at] })
		}
		if len(hop.Statements) > 0 && caller >= 0 {
			rows[caller].Databases = append(rows[caller].Databases, row)
		} else {
			rows = append(rows, row)
		}
	}
	return rows
}

// spanRow is a span with its position on a scale of 1000.
type spanRow struct {
	traces.Span
	X, W, Indent int
	End          float64
	// Statements are the database spans below it. They are collapsed.
	Statements []traces.Span
}

func spanRows(trace traces.Trace) []spanRow {
	var rows []spanRow
	for _, span := range trace.Spans {
		if span.Database && len(rows) > 0 {
			last := &rows[len(rows)-1]
			if at := slices.IndexFunc(rows, func(row spanRow) bool { return row.ID == span.Parent }); at >= 0 {
				last = &rows[at]
			}
			last.Statements = append(last.Statements, span)
			continue
		}
		const scale, deepest = 1000, 8
		whole := max(trace.Milliseconds, 0.001)
		x := min(scale-4, max(0, int(span.Start/whole*scale)))
		rows = append(rows, spanRow{
			Span: span, X: x, W: max(4, min(scale-x, int(span.Milliseconds/whole*scale))),
			Indent: min(span.Depth, deepest), End: span.Start + span.Milliseconds,
		})
	}
	return rows
}
