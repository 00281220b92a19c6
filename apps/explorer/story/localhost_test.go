package story_test

import (
	"slices"
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/contract/failure"
	"example.com/kubernetes-networking/apps/explorer/calls"
	"example.com/kubernetes-networking/apps/explorer/demotest"
	"example.com/kubernetes-networking/apps/explorer/network"
	"example.com/kubernetes-networking/apps/explorer/story"
	"example.com/kubernetes-networking/apps/internal/probe"
	"example.com/kubernetes-networking/apps/internal/problem"
)

// inside returns a function that measures the probe: the explorer's own Pod reaches it, and other Pods do if open is
// true.
func inside(open bool) func(pod, target string) probe.Measurement {
	return func(pod, target string) probe.Measurement {
		if pod == "explorer-0" || open && strings.HasPrefix(target, "tcp://127.0.7.1:") {
			return probe.Measurement{
				Connection: &probe.Connection{Local: "127.0.0.1:40000", Remote: "127.0.0.1:8081", Milliseconds: 0.125}, Milliseconds: 1.5,
				Answer: &probe.Answer{Status: 204, Text: "204 No Content", Pod: "explorer-0"},
			}
		}
		return probe.Measurement{Failure: &failure.Failure{Code: failure.Refused, Detail: "Nothing listens there."}}
	}
}

func localhost(t *testing.T, cluster *demotest.Cluster, measured func(pod, target string) probe.Measurement) (built story.Story, url string) {
	t.Helper()
	agents := demotest.Pods{Measure: measured}.Serve(t, cluster)
	built, err := story.New(demotest.Topology(), cluster, agents).Localhost(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return built, agents.Localhost()
}

func TestOnlyTheSamePodReachesLocalhost(t *testing.T) {
	built, url := localhost(t, demotest.NewCluster(), inside(false))
	if want := []string{"pod", "name", "connection", "answer", "elsewhere"}; !slices.Equal(ids(built), want) {
		t.Fatalf("the steps are %v, want %v", ids(built), want)
	}
	for _, step := range built.Steps {
		if step.Problem != "" {
			t.Errorf("the step %s has the problem %s", step.ID, step.Problem)
		}
	}
	if built.Call.From != "explorer" || built.Call.To != "probe" || built.Call.State != calls.Working || built.Call.URL != url || built.Call.Pod != "explorer-0" {
		t.Errorf("the call is %+v", built.Call)
	}
	port := url[strings.LastIndex(url, ":"):]
	want := []story.Fact{
		{"Tried from the Pod", "clients-0"},
		{url, "REFUSED: Nothing listens there."},
		{"tcp://127.0.7.1" + port, "REFUSED: Nothing listens there."},
	}
	elsewhere := step(t, built, "elsewhere")
	if !slices.Equal(elsewhere.Facts, want) {
		t.Errorf("got %v, want %v", elsewhere.Facts, want)
	}
	commands := []string{
		`kubectl get --raw '/api/v1/namespaces/demo/pods/explorer-0` + port + `/proxy/livez' || echo closed`,
		"kubectl -n demo exec clients-database-0 -- nc -w 3 localhost " + port[1:] + " || echo closed",
	}
	if !slices.Equal(texts(elsewhere.Commands), commands) {
		t.Errorf("got %q, want %q", elsewhere.Commands, commands)
	}
}

func TestAProbeThatOthersReachIsAProblem(t *testing.T) {
	built, url := localhost(t, demotest.NewCluster(), inside(true))
	want := "A connection to tcp://127.0.7.1" + url[strings.LastIndex(url, ":"):] + " was made"
	if got := step(t, built, "elsewhere").Problem; !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want it to begin with %q", got, want)
	}
}

func TestAProbeThatDoesNotAnswerEndsTheStoryAtTheConnection(t *testing.T) {
	built, _ := localhost(t, demotest.NewCluster(), func(string, string) probe.Measurement {
		return probe.Measurement{Failure: &failure.Failure{Code: failure.Refused, Detail: "Nothing listens there."}}
	})
	if want := []string{"pod", "name", "connection", "elsewhere"}; !slices.Equal(ids(built), want) {
		t.Errorf("the steps are %v, want %v", ids(built), want)
	}
	if got := step(t, built, "connection").Problem; got != "REFUSED: Nothing listens there." {
		t.Errorf("the problem is %q", got)
	}
}

func TestWithoutTheExplorersPodThereIsNoStory(t *testing.T) {
	cluster := &demotest.Cluster{Seen: network.Network{Namespace: "demo", Problem: "The Kubernetes API is down."}}
	_, err := story.New(demotest.Topology(), cluster, demotest.Pods{}.Serve(t, cluster)).Localhost(t.Context())
	const want = "The Kubernetes API is down."
	if got := problem.From(err); got.Status != 503 || !strings.HasSuffix(got.Detail, want) {
		t.Errorf("got %v, want a 503 that ends with: %s", err, want)
	}
}
