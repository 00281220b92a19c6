package peer_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/peer"
	"example.com/kubernetes-networking/apps/internal/problem"
)

// answering returns a client of a peer that gives the same answer to every request.
func answering(t *testing.T, status int, contentType, body string) *peer.Client {
	t.Helper()
	return peer.New("orders", apitest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})).URL+"/")
}

func TestGetReadsTheData(t *testing.T) {
	var got struct{ Name string }
	if err := answering(t, 200, "application/json", `{"data":{"name":"Lamp"}}`).Get(t.Context(), "/products/1", &got); err != nil {
		t.Fatal(err)
	}
	if got.Name != "Lamp" {
		t.Errorf("got %q, want Lamp", got.Name)
	}
}

func TestValuesAreEscapedInThePathAndInTheQuery(t *testing.T) {
	asked := make(chan string, 1)
	api := apitest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Method + " " + r.RequestURI
		_, _ = io.WriteString(w, `{"data":{}}`)
	}))
	orders := peer.New("orders", api.URL)
	tests := map[string]struct {
		call func(context.Context) error
		want string
	}{
		"none": {
			func(ctx context.Context) error { return orders.Get(ctx, "/orders", new(any)) },
			"GET /orders",
		},
		"path": {
			func(ctx context.Context) error { return orders.Get(ctx, "/a/{b}/c/{d}/e", new(any), "x/ y?", "ö%") },
			"GET /a/x%2F%20y%3F/c/%C3%B6%25/e",
		},
		"query": {
			func(ctx context.Context) error { return orders.Get(ctx, "/resolve?name={name}", new(any), "a&b=c +d") },
			"GET /resolve?name=a%26b%3Dc%20%2Bd",
		},
		"delete": {
			func(ctx context.Context) error {
				return orders.Delete(ctx, "/orders", url.Values{"clientTaxCode": {"a&b"}})
			},
			"DELETE /orders?clientTaxCode=a%26b",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if err := test.call(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := <-asked; got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

const aProblem = `{"type":"about:blank","status":400,"detail":"There is no client with the tax code ADA."}`

func TestAPeersAnswerBecomesTheStatusForOurCaller(t *testing.T) {
	const unexpected = ", which is unexpected. It has been logged."
	const garbled = "orders sent an invalid answer. It has been logged."
	tests := map[string]struct {
		status            int
		contentType, body string
		want              int
		detail            string
	}{
		"not found":             {404, problem.ContentType, aProblem, 404, "There is no client with the tax code ADA."},
		"with a parameter":      {404, problem.ContentType + "; charset=utf-8", aProblem, 404, "There is no client with the tax code ADA."},
		"not found, not ours":   {404, "text/plain", "404 page not found", 502, "orders answered 404 Not Found" + unexpected},
		"not found, broken":     {404, problem.ContentType, `{"detail":`, 502, "orders answered 404 Not Found" + unexpected},
		"conflict":              {409, problem.ContentType, aProblem, 502, "orders answered 409 Conflict" + unexpected},
		"invalid":               {422, problem.ContentType, aProblem, 502, "orders answered 422 Unprocessable Entity" + unexpected},
		"failed":                {500, problem.ContentType, aProblem, 503, "orders answered 500 Internal Server Error. Try again later."},
		"busy":                  {429, "", "", 503, "orders answered 429 Too Many Requests. Try again later."},
		"not JSON":              {200, "text/html", "<html>", 502, garbled},
		"no data":               {200, "application/json", `{}`, 502, garbled},
		"null":                  {200, "application/json", `{"data":null}`, 502, garbled},
		"data of another shape": {200, "application/json", `{"data":{"name":1}}`, 502, garbled},
		"no body":               {204, "", "", 502, garbled},
		"longer than we read":   {200, "application/json", `{"data":{"name":"` + strings.Repeat("a", 1<<20) + `"}}`, 502, garbled},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var into struct{ Name string }
			err := answering(t, test.status, test.contentType, test.body).Get(t.Context(), "/clients/{taxCode}", &into, "ADA")
			wantProblem(t, err, test.want, test.detail)
		})
	}
}

// A peer never redirects, and the target may be any host.
func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere := apitest.Serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the call was sent on")
	}))
	redirecting := apitest.Serve(t, http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	err := peer.New("orders", redirecting.URL).Get(t.Context(), "/x", new(any))
	wantProblem(t, err, 502, "orders answered 307 Temporary Redirect, which is unexpected. It has been logged.")
}

// The cause is logged, and tax codes are personal data.
func TestTheCauseNamesTheRouteAndNoValue(t *testing.T) {
	stopped := apitest.Serve(t, http.NotFoundHandler())
	stopped.Stop()
	query := url.Values{"clientTaxCode": {"ADA"}}
	tests := map[string]struct {
		err  error
		want string
	}{
		"refused": {
			answering(t, 422, problem.ContentType, aProblem).Delete(t.Context(), "/orders", query),
			"DELETE /orders: 422 Unprocessable Entity: There is no client with the tax code ….",
		},
		"unavailable": {
			peer.New("orders", stopped.URL).Delete(t.Context(), "/orders", query),
			"DELETE /orders: dial tcp " + strings.TrimPrefix(stopped.URL, "http://") + ": connect: connection refused",
		},
		"invalid data": {
			answering(t, 200, "application/json", `{"data":"ADA"}`).Get(t.Context(), "/clients/{taxCode}", new(struct{}), "ADA"),
			"GET /clients/{taxCode}: read the answer's data: json: cannot unmarshal string into Go value of type struct {}",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var known *problem.Error
			if !errors.As(test.err, &known) || known.Cause == nil || known.Cause.Error() != test.want {
				t.Errorf("got  %v\nwant the cause %s", test.err, test.want)
			}
		})
	}
}

func wantProblem(t *testing.T, err error, status int, detail string) {
	t.Helper()
	var got *problem.Error
	if !errors.As(err, &got) || got.Status != status || got.Detail != detail {
		t.Errorf("got  %v\nwant %d %s", err, status, detail)
	}
}
