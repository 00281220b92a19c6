package peer_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"testing"

	"example.com/kubernetes-networking/apps/internal/apitest"
	"example.com/kubernetes-networking/apps/internal/peer"
	"example.com/kubernetes-networking/apps/internal/problem"
)

func answering(t *testing.T, status int, body string) *peer.Client {
	t.Helper()
	return peer.New("orders", apitest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})).URL+"/")
}

func TestGetReadsTheData(t *testing.T) {
	var got struct{ Name string }
	if err := answering(t, 200, `{"data":{"name":"Lamp"}}`).Get(t.Context(), "/products/1", &got); err != nil {
		t.Fatal(err)
	}
	if got.Name != "Lamp" {
		t.Errorf("got %q, want Lamp", got.Name)
	}
}

func TestDeleteSendsTheQueryEscaped(t *testing.T) {
	asked := make(chan string, 1)
	api := apitest.Serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- r.Method + " " + r.RequestURI }))
	if err := peer.New("orders", api.URL).Delete(t.Context(), "/orders", url.Values{"clientTaxCode": {"a&b"}}); err != nil {
		t.Fatal(err)
	}
	if got, want := <-asked, "DELETE /orders?clientTaxCode=a%26b"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAPeersAnswerBecomesTheStatusForOurCaller(t *testing.T) {
	tests := map[string]struct {
		status, want int
		body, detail string
	}{
		"not found":      {404, 404, "", "orders has no /x."},
		"invalid":        {422, 503, "", "orders answered 422 Unprocessable Entity. Try again later."},
		"failed":         {500, 503, "", "orders answered 500 Internal Server Error. Try again later."},
		"not understood": {200, 503, "<html>", "orders gave an answer that is not understood."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := answering(t, test.status, test.body).Get(t.Context(), "/x", new(any))
			wantProblem(t, err, test.want, test.detail)
		})
	}
}

func TestAPeerThatIsAwaySaysHow(t *testing.T) {
	stopped := apitest.Serve(t, http.NotFoundHandler())
	stopped.Stop()
	wantProblem(t, peer.New("orders", stopped.URL).Get(t.Context(), "/x", new(any)), 503,
		"orders cannot be reached (REFUSED). The connection was refused: nothing listens on that address and port, or a network policy rejects it. Try again later.")
}

func wantProblem(t *testing.T, err error, status int, detail string) {
	t.Helper()
	var got *problem.Error
	if !errors.As(err, &got) || got.Status != status || got.Detail != detail {
		t.Errorf("got %v, want %d %s", err, status, detail)
	}
}
