package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/kubernetes-networking/infra/kubeconfig"
)

const token = "token-of-ada"

// answers are the responses of an API server, by path and query.
type answers map[string]string

// server returns an API server with one user, ada.
func server(t *testing.T, known answers) *httptest.Server {
	t.Helper()
	fail := func(w http.ResponseWriter, code int, message string) {
		w.WriteHeader(code)
		fmt.Fprintf(w, `{"kind":"Status","message":%q}`, message)
	}
	running := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, found := known[r.URL.RequestURI()]
		switch {
		case r.Header.Get("Authorization") == "":
			fail(w, http.StatusForbidden, `forbidden: User "system:anonymous" cannot get path "`+r.URL.Path+`"`)
		case r.Header.Get("Authorization") != "Bearer "+token:
			fail(w, http.StatusUnauthorized, "Unauthorized")
		case !found:
			fail(w, http.StatusForbidden, `User "ada" cannot get `+r.URL.RequestURI())
		default:
			fmt.Fprint(w, answer)
		}
	}))
	running.Config.ErrorLog = log.New(io.Discard, "", 0) // some tests use a client that does not trust the server
	running.StartTLS()
	t.Cleanup(running.Close)
	return running
}

const ada = "{token: " + token + "}"

func TestAPIServerAnswersToTheKubeconfigsUser(t *testing.T) {
	for name, user := range map[string]string{
		"token":       ada,
		"exec plugin": `{exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: sh, args: ["-c", "` + credential + `"]}}`,
	} {
		t.Run(name, func(t *testing.T) {
			cluster, err := Connect(writeKubeconfig(t, server(t, answers{"/api": "{}"}), user), "")
			if err == nil {
				err = cluster.Answers(t.Context())
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// credential is a shell command that prints the output of a credential plugin.
const credential = `echo '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"` +
	token + `\"}}'`

func TestTheErrorOfAnswersIsTheCause(t *testing.T) {
	for _, c := range []struct {
		name string
		// connect returns the kubeconfig and the context.
		connect func(t *testing.T, running *httptest.Server) (from kubeconfig.Kubeconfig, context string)
		want    []string
	}{
		{"cluster stopped", func(t *testing.T, running *httptest.Server) (kubeconfig.Kubeconfig, string) {
			running.Close()
			return writeKubeconfig(t, running, ada), ""
		}, []string{"API server https://127.0.0.1:", "does not answer: dial tcp", "connection refused"}},
		{"no kubeconfig", func(*testing.T, *httptest.Server) (kubeconfig.Kubeconfig, string) {
			return kubeconfig.AtPath("/nowhere/kubeconfig"), ""
		}, []string{"the kubeconfig /nowhere/kubeconfig does not exist"}},
		{"no YAML", func(t *testing.T, running *httptest.Server) (kubeconfig.Kubeconfig, string) {
			return writeKubeconfig(t, running, "}"), ""
		}, []string{"the kubeconfig ", " is not valid: line "}},
		{"unknown context", func(t *testing.T, running *httptest.Server) (kubeconfig.Kubeconfig, string) {
			return writeKubeconfig(t, running, ada), "prod"
		}, []string{`has no context "prod", its contexts are ["elsewhere" "half" "here"]`}},
		{"context without its cluster", func(t *testing.T, running *httptest.Server) (kubeconfig.Kubeconfig, string) {
			return writeKubeconfig(t, running, ada), "half"
		}, []string{`the context "half" of the kubeconfig `, `cluster "gone" was not found for context "half"`}},
		{"another cluster at the address", func(t *testing.T, running *httptest.Server) (kubeconfig.Kubeconfig, string) {
			return kubeconfigFile(t, running.URL, otherAuthority(t), ada), ""
		}, []string{"the API server at https://127.0.0.1:", "is not the one of the kubeconfig", "unknown authority"}},
		{"credentials refused", func(t *testing.T, running *httptest.Server) (kubeconfig.Kubeconfig, string) {
			return writeKubeconfig(t, running, "{token: expired}"), ""
		}, []string{"refuses the credentials of the kubeconfig ", "(Unauthorized)", "may have expired"}},
		{"no credentials", func(t *testing.T, running *httptest.Server) (kubeconfig.Kubeconfig, string) {
			return writeKubeconfig(t, running, "{}"), ""
		}, []string{"not allowed: forbidden: User \"system:anonymous\" cannot get path \"/api\""}},
		{"exec plugin missing", func(t *testing.T, running *httptest.Server) (kubeconfig.Kubeconfig, string) {
			return writeKubeconfig(t, running, `{exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: cloud-login}}`), ""
		}, []string{`the context "here" of the kubeconfig `, "gets its credentials from the program cloud-login, which is not installed"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path, context := c.connect(t, server(t, answers{"/api": "{}"}))
			cluster, err := Connect(path, context)
			if err == nil {
				err = cluster.Answers(t.Context())
			}
			if err == nil {
				t.Fatal("no error")
			}
			for _, part := range c.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error is %q, want %q in it", err, part)
				}
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %q", err)
			}
		})
	}
}

func TestSilentAPIServerIsGivenFiveSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := roundTripper(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		cluster := &Server{client: &http.Client{Transport: silent}, address: "https://silent.test"}
		const want = "API server https://silent.test does not answer within 5s"
		start := time.Now()
		if err := cluster.Answers(t.Context()); err == nil || err.Error() != want || time.Since(start) != 5*time.Second {
			t.Errorf("error after %s is %v, want %s", time.Since(start), err, want)
		}
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		if err := cluster.Answers(cancelled); !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled request ends with %v, want context.Canceled", err)
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
