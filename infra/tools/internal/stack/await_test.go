package stack

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/kubernetes-networking/infra/tools/internal/fixture"
)

func TestOnlyURLsThatCanBeReachedFromHereAreAwaited(t *testing.T) {
	got := urlsFromHere(map[string]any{
		"ordersUrl": "http://127.80.0.2", "clientsUrl": "http://127.80.0.1", "namespace": "demo",
		"explorerUrl": "http://explorer.demo.svc:80", "productsUrl": "http://<address of any node>:30000",
		"services": map[string]any{"orders": map[string]any{"dnsName": "orders.demo.svc"}},
	})
	if want := []string{"http://127.80.0.1", "http://127.80.0.2"}; !slices.Equal(got, want) {
		t.Errorf("awaits %v, want %v", got, want)
	}
}

func TestServiceThatIsNotReadyIsAwaited(t *testing.T) {
	status := http.StatusServiceUnavailable
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			t.Errorf("the request is for %s, want /readyz", r.URL.Path)
		}
		w.WriteHeader(status)
	}))
	defer server.Close()
	if err := ready(t.Context(), server.URL); err == nil || err.Error() != "503 Service Unavailable" {
		t.Errorf("error is %v, want 503", err)
	}
	status = http.StatusNoContent
	if err := ready(t.Context(), server.URL); err != nil {
		t.Errorf("error is %v, want none", err)
	}
}

func TestOnlyTheExplorerIsAwaitedWhileALabIsOn(t *testing.T) {
	outputs := map[string]any{
		"explorerUrl": "http://127.80.0.4", "ordersUrl": "http://127.80.0.2", "productsUrl": "", "lab": "service-deleted",
	}
	if got, want := urlsToAwait(outputs), []string{"http://127.80.0.4"}; !slices.Equal(got, want) {
		t.Errorf("awaits %v, want %v", got, want)
	}
	outputs["lab"] = ""
	if got, want := urlsToAwait(outputs), []string{"http://127.80.0.2", "http://127.80.0.4"}; !slices.Equal(got, want) {
		t.Errorf("without a lab it awaits %v, want %v", got, want)
	}
}

func TestPodsOfTheEmbeddedClusterAreAwaitedUnlessALabIsOn(t *testing.T) {
	s, _ := fakeStack(t, "")
	calls := filepath.Join(s.Root, "calls")
	fixture.Program(t, filepath.Join(s.Root, "kubectl"), "#!/bin/sh\necho \"$3 $5\" >>"+calls+"\n")
	t.Setenv("PATH", s.Root+":"+os.Getenv("PATH"))
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	fixture.Program(t, filepath.Join(s.Root, "pulumi"), `#!/bin/sh
printf '{"explorerUrl":"`+server.URL+`","namespace":"shop","lab":"%s"}' "$(cat deployed)"
`)
	if err := s.Await(t.Context()); err != nil {
		t.Fatal(err)
	}
	fixture.Write(t, filepath.Join(s.Root, "deployed"), "deny-dns")
	if err := s.Await(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, want := fixture.Read(t, calls), "deployments shop\nstatefulsets shop\n"; got != want {
		t.Errorf("kubectl waits for %q, want %q, once", got, want)
	}
}

func TestPodsThatDoNotBecomeReadyAreReported(t *testing.T) {
	defer func(before time.Duration) { silence = before }(silence)
	silence = time.Millisecond
	s, _ := fakeStack(t, "")
	report, reported := fixture.Report(t)
	s.report = report
	fixture.Program(t, filepath.Join(s.Root, "kubectl"), "#!/bin/sh\nsleep 0.2\necho 'error: timed out waiting for the condition' >&2\nexit 1\n")
	t.Setenv("PATH", s.Root+":"+os.Getenv("PATH"))
	err := s.awaitPods(t.Context(), "shop")
	for _, want := range []string{"the deployments in the namespace shop are not ready", "timed out", "`kubectl get pods,events -n shop` in `make shell`"} {
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("the error is %v, want one line with %q", err, want)
		}
	}
	if got, want := reported(), "waiting up to 2m0s for the deployments in the namespace shop"; !strings.Contains(got, want) {
		t.Errorf("it reports %q, want %q", got, want)
	}
}
