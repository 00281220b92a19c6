package stack

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/kubernetes-networking/infra/tools/internal/checkout"
)

// fits fails the test if a line is longer than a terminal is wide.
func fits(t *testing.T, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if length := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); length > screenWidth {
			t.Errorf("a line has %d characters, want at most %d: %s", length, screenWidth, line)
		}
	}
}

// plain is the style of an output that is not a terminal.
func plain(text string) string { return text }

// demoOutputs returns the outputs of a stack dev, with a change.
func demoOutputs(change func(map[string]any)) map[string]any {
	outputs := map[string]any{
		"explorerUrl": "http://127.80.0.4", "clientsUrl": "http://127.80.0.1", "ordersUrl": "http://127.80.0.2", "productsUrl": "http://127.80.0.3",
		"namespace": "shop", "lab": "", "reachableFrom": "the machine that the cluster runs on", "services": map[string]any{"orders": "http://orders.shop.svc:80"},
	}
	if change != nil {
		change(outputs)
	}
	return outputs
}

func TestTheEndOfMakeUp(t *testing.T) {
	runs := observation{headline: "The demo runs.", policies: "enforced"}
	for name, test := range map[string]struct {
		stack   string
		outputs map[string]any
		seen    observation
		want    []string
	}{
		"the demo runs": {
			"dev", demoOutputs(nil), runs,
			[]string{"The demo runs.", "Open http://127.80.0.4", "clients  http://127.80.0.1", "none (make lab)", "policies enforced", "make shell", "make verify", "make down"},
		},
		"a lab is on": {
			"dev", demoOutputs(func(o map[string]any) { o["lab"], o["productsUrl"] = "service-deleted", "" }), runs,
			[]string{"service-deleted (make lab OFF=1)", "products has no Service"},
		},
		"another stack": {
			"mine", demoOutputs(nil), runs,
			[]string{"make lab STACK=mine", "make shell STACK=mine", "make verify STACK=mine", "make destroy STACK=mine"},
		},
		"inside the cluster alone": {
			"mine", demoOutputs(func(o map[string]any) { o["explorerUrl"] = "http://explorer.shop.svc:80" }),
			observation{headline: "The demo is deployed.", policies: "see make verify"},
			[]string{"The demo is deployed.", "kubectl -n shop port-forward service/explorer 8080:80"},
		},
		"stopped": {
			"dev", demoOutputs(nil),
			observation{headline: "The demo is stopped.", problem: "The cluster does not run. Its data is kept.", policies: "not measured", stopped: true},
			[]string{"The demo is stopped.", "make up"},
		},
		"not enforced": {
			"dev", demoOutputs(nil),
			observation{headline: "The demo runs.", policies: "NOT enforced", unenforced: strings.Repeat("They are not enforced. ", 9)},
			[]string{"policies NOT enforced", "They are not"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("PULUMI_STACK", test.stack)
			got := summary(test.outputs, test.seen, plain)
			for _, want := range test.want {
				if !strings.Contains(got, want) {
					t.Errorf("want %q in\n%s", want, got)
				}
			}
			fits(t, got)
			if strings.Contains(got, "{") || strings.Contains(got, "\033") {
				t.Errorf("there is JSON or a colour in\n%s", got)
			}
		})
	}
}

func TestLongURLsHaveALineEach(t *testing.T) {
	t.Setenv("PULUMI_STACK", "dev")
	long := "http://a1b2c3d4e5f60718293a4b5c6d7e8f90-1234567890.elb.eu.example.com"
	got := summary(demoOutputs(func(o map[string]any) { o["explorerUrl"], o["ordersUrl"] = long, long }), observation{headline: "The demo runs."}, plain)
	if !strings.Contains(got, "\n  Open "+long+"\n") || !strings.Contains(got, "\n  orders   "+long+"\n") {
		t.Errorf("the URLs have no lines of their own:\n%s", got)
	}
	fits(t, got)
}

func TestTheStateOfTheDemoIsTheExplorers(t *testing.T) {
	answer := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/topology.json" {
			t.Errorf("the request is for %s", r.URL.Path)
		}
		_, _ = w.Write([]byte(`{"data":` + answer + `}`))
	}))
	defer server.Close()
	t.Setenv("PULUMI_STACK", "mine")
	outputs := demoOutputs(func(o map[string]any) { o["explorerUrl"] = server.URL })
	s := New(checkout.Checkout{Root: t.TempDir()}, nil, nil)
	const own, measured = `"topology":{"nodes":[{"kind":"database"}]}`, `"calls":[{"state":"working"}]`
	for given, want := range map[string]observation{
		`{` + own + `,` + measured + `}`:                                {headline: "The demo runs.", policies: "enforced"},
		`{` + own + `,` + measured + `,"unenforced":"The cluster..."}`:  {headline: "The demo runs.", policies: "NOT enforced", unenforced: "The cluster..."},
		`{"topology":{"nodes":[{"kind":"external"}]},` + measured + `}`: {headline: "The demo runs.", policies: "see make verify STACK=mine"},
		`{` + own + `,` + measured + `,"network":{"workloads":[{"name":"orders","desired":3,"ready":2}]}}`: {
			headline: "The demo runs in part: 2 of 3 Pods of orders are ready.", policies: "enforced",
		},
	} {
		answer = given
		if got := s.observe(t.Context(), outputs); got != want {
			t.Errorf("%s is %+v, want %+v", given, got, want)
		}
	}
	server.Close()
	if got := s.observe(t.Context(), outputs); got.headline != "The demo does not answer." || !strings.Contains(got.problem, server.URL) {
		t.Errorf("without an explorer it is %+v", got)
	}
}

func TestOutputsRefuseAnExplorerThatIsNotAURL(t *testing.T) {
	t.Setenv(explorerVariable, "ada:s3cret")
	got := New(checkout.Checkout{Root: t.TempDir()}, nil, nil).observe(t.Context(), demoOutputs(nil))
	if !strings.HasPrefix(got.problem, explorerVariable+" is not a URL") || strings.Contains(got.problem, "s3cret") {
		t.Errorf("the problem is %q, want that %s is not a URL", got.problem, explorerVariable)
	}
}
