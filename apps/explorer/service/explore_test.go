package service_test

import (
	"context"
	"net/http"
	"testing"

	"example.com/kubernetes-networking/apps/explorer/matrix"
	"example.com/kubernetes-networking/apps/explorer/service"
	"example.com/kubernetes-networking/apps/explorer/story"
	"example.com/kubernetes-networking/apps/explorer/traces"
	"example.com/kubernetes-networking/apps/internal/apitest"
)

// answers are what the other sources answer.
type answers struct {
	story   story.Story
	matrix  matrix.Matrix
	traces  []traces.Trace
	err     error
	shopped traces.Purchase
}

func (a *answers) Tell(context.Context, string, string) (story.Story, error) { return a.story, a.err }
func (a *answers) Measure(context.Context) (matrix.Matrix, error)            { return a.matrix, a.err }
func (a *answers) Localhost(context.Context) (story.Story, error)            { return a.story, a.err }
func (a *answers) Traces() []traces.Trace                                    { return a.traces }

func (a *answers) Trace(id string) (traces.Trace, bool) {
	for _, trace := range a.traces {
		if trace.ID == id {
			return trace, true
		}
	}
	return traces.Trace{}, false
}

func (a *answers) Shop(_ context.Context, purchase traces.Purchase) (string, error) {
	a.shopped = purchase
	return "4bf92f3577b34da6a3ce929d0e0e4736", a.err
}

// explore serves the explorer with what it sees and what the others answer.
func explore(t *testing.T, seen *picture, others *answers, change ...func(*service.Sources)) apitest.API {
	t.Helper()
	return apitest.Serve(t, handler(t.Context(), t, seen, others, change...))
}

func handler(ctx context.Context, t *testing.T, seen *picture, others *answers, change ...func(*service.Sources)) http.Handler {
	t.Helper()
	sources := service.Sources{
		Topology: topology(), Cluster: seen, Observer: seen, Prover: others, Teller: others, Traces: others, Shopper: others,
	}
	for _, how := range change {
		how(&sources)
	}
	made, err := service.Handler(ctx, sources)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// browse asks as a browser does.
func browse(t *testing.T, explorer apitest.API, path string) apitest.Answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, explorer.URL+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "text/html,*/*;q=0.8")
	return apitest.Send(t, request)
}
