package service

import (
	"context"
	"net/http"
	"time"

	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/story"
)

// storyTimeout bounds one story: a measurement of at most four seconds, and the forms of the name concurrently.
const storyTimeout = 15 * time.Second

// storyPage is a story with its introduction.
type storyPage struct {
	Heading, Lead string
	Story         story.Story
	// OnMap is the same call on the map; nil if the map does not show it.
	OnMap *calls.Call
}

// Word returns the verdict. For an undeclared call, a failure is right: the call is denied.
func (p storyPage) Word() string {
	call := p.Story.Call
	switch {
	case !p.Story.Declared && call.State == calls.Working:
		return "not declared, but not denied"
	case !p.Story.Declared && call.State == calls.Failing:
		return "denied, as declared"
	case call.Code != "":
		return string(call.Code)
	}
	return string(call.State)
}

// Why explains the verdict; it returns "" for a working declared call.
func (p storyPage) Why() string {
	if p.Story.Declared || p.Story.Call.State != calls.Working {
		return p.Story.Call.Detail
	}
	return "No network policy denied this connection. A Pod may always connect to itself, and to its own node. The " +
		"matrix shows whether the cluster enforces NetworkPolicies."
}

// Class returns the state that determines the colour of the verdict.
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
		Lead:    "A Pod of " + from + " has just sent one request to " + to + ". This page shows each step of the request.",
	}
	if !s.Topology.Declared(from, to) {
		shown.Heading = from + " is not declared to call " + to
		shown.Lead = "A Pod of " + from + " has just tried it. This page shows each step of the request."
	}
	return s.measureStory(w, r, shown,
		func(ctx context.Context) (story.Story, error) { return s.Stories.Call(ctx, from, to) })
}

// onMap returns the call with the times on the map; nil if the map shows no time.
func (s *site) onMap(from, to string) *calls.Call {
	for _, call := range s.Observer.Calls() {
		if call.From == from && call.To == to && call.Times.Measurements > 0 {
			return &call
		}
	}
	return nil
}

func (s *site) showLocalhost(w http.ResponseWriter, r *http.Request) error {
	return s.measureStory(w, r, storyPage{
		Heading: "Two containers, one Pod, localhost",
		Lead: "The containers of a Pod share one network: the explorer calls the probe beside it without a Service or " +
			"DNS. From any other Pod the same port is closed.",
	}, s.Stories.Localhost)
}

// measureStory measures a story and shows it. It takes seconds if a server does not answer.
func (s *site) measureStory(w http.ResponseWriter, r *http.Request, shown storyPage, measure func(context.Context) (story.Story, error)) error {
	ctx, cancel, err := s.storyLimiter.begin(w, r, storyTimeout)
	if err != nil {
		return err
	}
	defer cancel()
	if shown.Story, err = measure(ctx); err != nil {
		return err
	}
	return s.pages.show(w, http.StatusOK, "story", page{Title: shown.Heading, Section: "Map", Content: shown})
}
