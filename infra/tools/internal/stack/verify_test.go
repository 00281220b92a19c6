package stack

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/kubernetes-networking/infra/tools/internal/checkout"
	"example.com/kubernetes-networking/infra/tools/internal/fixture"
	"example.com/kubernetes-networking/infra/tools/internal/progress"
)

// verified runs Verify with an explorer that returns this answer. It returns the output, and the folder that Verify
// writes to.
func verified(t *testing.T, status int, answer string) (printed, folder string, err error) {
	t.Helper()
	explorer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/matrix.json" {
			t.Errorf("the request is for %s, want /matrix.json", r.URL.Path)
		}
		w.WriteHeader(status)
		fmt.Fprint(w, answer)
	}))
	defer explorer.Close()
	t.Setenv(explorerVariable, explorer.URL+"/")
	root := t.TempDir()
	out, err := os.Create(filepath.Join(root, "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	t.Setenv("PULUMI_STACK", "test")
	s := New(checkout.Checkout{Root: root}, progress.New(out), out)
	folder = s.Local("verify", "test")
	fixture.Write(t, filepath.Join(folder, "junit.xml"), "of an earlier run")
	err = s.Verify(t.Context())
	content, readErr := os.ReadFile(out.Name())
	if readErr != nil {
		t.Fatal(readErr)
	}
	return string(content), folder, err
}

const (
	asDeclared = `{"from":"clients","to":"orders","kind":"service","group":"the Service orders","target":"http://orders.shop.svc:80","expected":"allowed","measured":"allowed","same":true}`
	closed     = `{"from":"orders","to":"products","kind":"service","group":"the Service products","target":"http://products.shop.svc:80","expected":"allowed","measured":"denied","code":"POLICY","same":false}`
)

func TestVerifyPrintsAndWritesTheMatrix(t *testing.T) {
	printed, folder, err := verified(t, http.StatusOK, `{"data":{"namespace":"shop","enforced":"yes","enforcedDetail":"The cluster enforces them.","rows":[`+asDeclared+`]}}`)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"the Service orders  allowed\n", "1 connections in shop", "The cluster enforces them.\n", "are in .local/verify/test\n"} {
		if !strings.Contains(printed, want) {
			t.Errorf("it prints\n%s\nwant %q in it", printed, want)
		}
	}
	for name, want := range map[string]string{"matrix.json": `"namespace": "shop"`, "junit.xml": `<testsuites tests="1" failures="0"`} {
		if content, err := os.ReadFile(filepath.Join(folder, name)); err != nil || !strings.Contains(string(content), want) {
			t.Errorf("%s is %s (%v), want %s in it", name, content, err, want)
		}
	}
}

func TestVerifyFailsOnADifferenceAndStillWritesTheMatrix(t *testing.T) {
	printed, folder, err := verified(t, http.StatusOK, `{"data":{"namespace":"shop","enforced":"no","enforcedDetail":"They are not enforced here.","rows":[`+asDeclared+`,`+closed+`]}}`)
	if err == nil || err.Error() != "1 of 2 connections are not as declared" {
		t.Errorf("the error is %v, want that 1 of 2 is not as declared", err)
	}
	for _, want := range []string{"DENIED, want allowed: POLICY", "They are not enforced here.\n"} {
		if !strings.Contains(printed, want) {
			t.Errorf("it prints\n%s\nwant %q in it", printed, want)
		}
	}
	if strings.Contains(printed, "\033") {
		t.Errorf("it prints colours into a file: %q", printed)
	}
	if content, err := os.ReadFile(filepath.Join(folder, "junit.xml")); err != nil || !strings.Contains(string(content), `failures="1"`) {
		t.Errorf("junit.xml is %s (%v), want one failure", content, err)
	}
}

func TestVerifyReportsWhyTheExplorerDoesNotAnswer(t *testing.T) {
	_, folder, err := verified(t, http.StatusTooManyRequests, `{"detail":"Another matrix is being measured."}`)
	if want := "answers 429 Too Many Requests: Another matrix is being measured."; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the error is %v, want %s", err, want)
	}
	if _, err := os.Stat(filepath.Join(folder, "junit.xml")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("junit.xml of an earlier run is still there: %v", err)
	}
	if _, _, err := verified(t, http.StatusNotFound, "404 page not found"); err == nil || !strings.Contains(err.Error(), "older than this checkout") {
		t.Errorf("the error is %v, want that the explorer is old", err)
	}
	gone := httptest.NewServer(nil)
	gone.Close()
	if _, err := requestMatrix(t.Context(), gone.URL); err == nil || !strings.Contains(err.Error(), "kubectl get pods") {
		t.Errorf("the error is %v, want what to do", err)
	}
}

func TestVerifyNamesAPortForwardForAnExplorerInsideTheCluster(t *testing.T) {
	_, err := reachableExplorer(map[string]any{"explorerUrl": "http://explorer.shop.svc:80", "namespace": "shop"})
	for _, want := range []string{
		"http://explorer.shop.svc:80, which cannot be reached from outside the cluster",
		"`kubectl port-forward --namespace shop service/explorer 8080:80`", "EXPLORER_URL=http://127.0.0.1:8080",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want %s in it", err, want)
		}
	}
	if _, err := reachableExplorer(map[string]any{}); err == nil || !strings.Contains(err.Error(), "run make up") {
		t.Errorf("without an explorer the error is %v", err)
	}
	if got, err := reachableExplorer(map[string]any{"explorerUrl": "http://127.80.0.4"}); err != nil || got != "http://127.80.0.4" {
		t.Errorf("the explorer is at %s (%v), want http://127.80.0.4", got, err)
	}
}

func TestVerifyShowsNoCredentialsOfTheExplorersURL(t *testing.T) {
	refusing := httptest.NewServer(http.NotFoundHandler())
	defer refusing.Close()
	gone := httptest.NewServer(nil)
	gone.Close()
	for _, server := range []string{refusing.URL, gone.URL} {
		host := strings.TrimPrefix(server, "http://")
		_, err := requestMatrix(t.Context(), "http://ada:s3cret@"+host)
		if err == nil || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), host) {
			t.Errorf("the error is %v, want one with %s and without credentials", err, host)
		}
	}
	t.Setenv(explorerVariable, "http://ada:s3cret@explorer:x")
	_, err := (&Stack{}).explorerURL(t.Context())
	if err == nil || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), explorerVariable) {
		t.Errorf("the error is %v, want one with %s and without its value", err, explorerVariable)
	}
}

func TestTheCommandsInErrorsNameTheStack(t *testing.T) {
	t.Setenv("PULUMI_STACK", "mine")
	refusing := httptest.NewServer(http.NotFoundHandler())
	defer refusing.Close()
	gone := httptest.NewServer(nil)
	gone.Close()
	_, missing := reachableExplorer(map[string]any{})
	_, inside := reachableExplorer(map[string]any{"explorerUrl": "http://explorer.shop.svc:80", "namespace": "shop"})
	_, old := requestMatrix(t.Context(), refusing.URL)
	_, unanswered := requestMatrix(t.Context(), gone.URL)
	for want, err := range map[string]error{
		"run make up STACK=mine":                                      missing,
		"another `make shell STACK=mine`":                             inside,
		"make up STACK=mine to update it":                             old,
		"run (make up STACK=mine; `kubectl":                           unanswered,
		":8080 STACK=mine":                                            unanswered,
		"`make verify EXPLORER_URL=http://127.0.0.1:8080 STACK=mine`": inside,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want %q in it", err, want)
		}
	}
}
