package service

import (
	"context"
	"net/http"
	"time"

	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/story"
	"example.com/kubernetes-networking/apps/internal/problem"
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

func (s *site) showCall(w http.ResponseWriter, r *http.Request) error {
	from, to := r.PathValue("from"), r.PathValue("to")
	if !s.Topology.Declared(from, to) {
		return problem.New(http.StatusNotFound, "No call from %s to %s is declared. The table at /#calls has those that are.", from, to)
	}
	s.Observer.Look()
	return s.tell(w, r, storyPage{
		OnMap:   s.onMap(from, to),
		Heading: from + " calls " + to,
		Lead:    "One request from a Pod of " + from + " to " + to + ", sent a moment ago, and what happened on each step of its way.",
	}, func(ctx context.Context) (story.Story, error) { return s.Teller.Tell(ctx, from, to) })
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
		Lead: "The containers of a Pod share one network: the explorer asks the probe beside it without a Service and without DNS. " +
			"From any other Pod the same port is closed.",
	}, s.Teller.Localhost)
}

// tell measures, which takes seconds where nothing answers, and shows what came of it.
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
