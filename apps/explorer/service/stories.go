package service

import (
	"context"
	"net/http"
	"time"

	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/story"
)

// storyTimeout is for one story: one measurement of four seconds, and the forms of the name at the same time.
const storyTimeout = 15 * time.Second

// storyPage is a story and how it is introduced.
type storyPage struct {
	Heading, Lead string
	Story         story.Story
	// OnMap is the same call as the map shows it; nil for one that is not on the map.
	OnMap *calls.Call
}

// Word is the verdict. A call that is not declared should fail: then it is denied.
func (p storyPage) Word() string {
	call := p.Story.Call
	switch {
	case !p.Story.Declared && call.State == calls.Working:
		return "not declared, and not denied"
	case !p.Story.Declared && call.State == calls.Failing:
		return "denied, as declared"
	case call.Code != "":
		return string(call.Code)
	}
	return string(call.State)
}

// Why explains the verdict; empty for a call that works.
func (p storyPage) Why() string {
	if p.Story.Declared || p.Story.Call.State != calls.Working {
		return p.Story.Call.Detail
	}
	return "No network policy stood between this Pod and the one that answered. A Pod may always connect to itself, and to its own node. " +
		"The matrix shows whether the cluster enforces NetworkPolicies."
}

// Class is the state by which the verdict is drawn.
func (p storyPage) Class() calls.State {
	switch state := p.Story.Call.State; {
	case p.Story.Declared || state == calls.Unknown:
		return state
	case state == calls.Failing:
		return calls.Working
	}
	return calls.Unknown
}

func (s *site) showCall(w http.ResponseWriter, r *http.Request) error {
	from, to := r.PathValue("from"), r.PathValue("to")
	s.Observer.RecordView()
	shown := storyPage{
		OnMap:   s.onMap(from, to),
		Heading: from + " calls " + to,
		Lead:    "One request from a Pod of " + from + " to " + to + ", sent a moment ago, and what happened on each step of its way.",
	}
	if !s.Topology.Declared(from, to) {
		shown.Heading = from + " is not declared to call " + to
		shown.Lead = "A Pod of " + from + " tried it a moment ago. This is what happened on each step of the way."
	}
	return s.tell(w, r, shown, func(ctx context.Context) (story.Story, error) { return s.Teller.Tell(ctx, from, to) })
}

// onMap is the call with the time that the map shows; nil if it shows none.
func (s *site) onMap(from, to string) *calls.Call {
	for _, call := range s.Observer.Calls() {
		if call.From == from && call.To == to && call.Times.Measurements > 0 {
			return &call
		}
	}
	return nil
}

func (s *site) showLocalhost(w http.ResponseWriter, r *http.Request) error {
	return s.tell(w, r, storyPage{
		Heading: "Two containers, one Pod, localhost",
		Lead: "The containers of a Pod share one network: the explorer calls the probe beside it without a Service and without DNS. " +
			"From any other Pod the same port is closed.",
	}, s.Teller.Localhost)
}

// tell measures, which takes seconds where nothing answers, and shows the result.
func (s *site) tell(w http.ResponseWriter, r *http.Request, shown storyPage, measure func(context.Context) (story.Story, error)) error {
	ctx, cancel, err := s.stories.begin(w, r, storyTimeout)
	if err != nil {
		return err
	}
	defer cancel()
	if shown.Story, err = measure(ctx); err != nil {
		return err
	}
	return s.pages.show(w, http.StatusOK, "story", page{Title: shown.Heading, Section: "Map", Content: shown})
}
