package service_test

import (
	"context"
	"net/http"
	"testing"

	"example.com/kubernetes-networking/apps/contract/matrix"
	"example.com/kubernetes-networking/apps/explorer/service"
	"example.com/kubernetes-networking/apps/explorer/story"
	"example.com/kubernetes-networking/apps/explorer/traces"
	"example.com/kubernetes-networking/apps/internal/apitest"
)

// answers is a fake of the other dependencies.
type answers struct {
	story  story.Story
	matrix matrix.Matrix
	traces []traces.Trace
	err    error
	bought traces.Purchase
}

func (a *answers) Call(context.Context, string, string) (story.Story, error) { return a.story, a.err }
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

func (a *answers) Buy(_ context.Context, purchase traces.Purchase) (string, error) {
	a.bought = purchase
	return "4bf92f3577b34da6a3ce929d0e0e4736", a.err
}

// explore serves the explorer with fake dependencies.
func explore(t *testing.T, seen *picture, others *answers, change ...func(*service.Dependencies)) apitest.API {
	t.Helper()
	return apitest.Serve(t, handler(t.Context(), t, seen, others, change...))
}

func handler(ctx context.Context, t *testing.T, seen *picture, others *answers, change ...func(*service.Dependencies)) http.Handler {
	t.Helper()
	deps := service.Dependencies{
		Topology: topology(), Cluster: seen, Observer: seen, Prover: others, Stories: others, Traces: others, Buyer: others,
	}
	for _, how := range change {
		how(&deps)
	}
	made, err := service.Handler(ctx, deps)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// browse sends a request like a browser.
func browse(t *testing.T, explorer apitest.API, path string) apitest.Answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, explorer.URL+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "text/html,*/*;q=0.8")
	return apitest.Send(t, request)
}
