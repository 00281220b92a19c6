package service_test

import (
	"net/http"
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/internal/apitest"
)

func TestBrowsersMayOnlyUseTheExplorersOwnFiles(t *testing.T) {
	explorer := explore(t, demo(3), everything("a text"))
	for _, path := range append(paths, "/topology.json", "/style.css", "/script.js", "/icon.svg") {
		answer := explorer.Do(t, "GET", path, "")
		for header, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
				"form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := answer.Header.Get(header); got != want {
				t.Errorf("%s of %s is %q, want %q", header, path, got, want)
			}
		}
	}
}

func TestAFileIsSentAgainOnlyWhenItHasChanged(t *testing.T) {
	explorer := explore(t, demo(3), &answers{})
	for path, kind := range map[string]string{"/style.css": "text/css", "/script.js": "text/javascript", "/icon.svg": "image/svg+xml"} {
		first := explorer.Do(t, "GET", path, "")
		if first.Status != 200 || !strings.HasPrefix(first.Header.Get("Content-Type"), kind) || first.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s answers %d, %s, %s", path, first.Status, first.Header.Get("Content-Type"), first.Header.Get("Cache-Control"))
		}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, explorer.URL+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("If-None-Match", first.Header.Get("ETag"))
		if again := apitest.Send(t, request); again.Status != http.StatusNotModified || again.Text != "" {
			t.Errorf("%s answers %d although the copy is current", path, again.Status)
		}
	}
}

func TestTheFirstViewIsSmall(t *testing.T) {
	explorer, compressed, plain := explore(t, demo(3), &answers{}), 0, 0
	for _, path := range []string{"/", "/style.css", "/script.js", "/icon.svg"} {
		compressed += len(raw(t, explorer, "GET", path, "Accept-Encoding", "gzip").Text)
		plain += len(raw(t, explorer, "GET", path, "Accept-Encoding", "identity").Text)
	}
	if compressed >= 30_000 || plain >= 100_000 {
		t.Errorf("the first view is %d bytes, and %d without gzip; want less than 30,000 and 100,000", compressed, plain)
	}
	t.Logf("the first view is %d bytes, and %d without gzip", compressed, plain)
}

func TestACrossOriginFormIsRefused(t *testing.T) {
	others := &answers{}
	explorer := explore(t, demo(3), others)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, explorer.URL+"/requests", strings.NewReader("firstName=A&lastName=B&product=C"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "cross-site")
	apitest.Send(t, request).WantProblem(t, 403, "/requests", "The form was sent by a page of another site. Use the form at /requests.")
	if others.bought.FirstName != "" {
		t.Error("the purchase was made anyway")
	}
}

func TestAMissingPageIsAProblemWithALink(t *testing.T) {
	explorer := explore(t, demo(3), &answers{})
	for path, want := range map[string]string{
		"/nowhere":                "There is nothing at /nowhere. The map is at /.",
		"/nodes/nobody":           "There is no node nobody in the topology. The map at / shows all nodes.",
		"/labs/fire":              "There is no lab fire. The list is at /labs.",
		"/requests/0123456789abc": "There is no trace 0123456789abc. The explorer keeps only the newest in memory. Create one at /requests.",
	} {
		explorer.Do(t, "GET", path, "").WantProblem(t, 404, path, want)
		page := browse(t, explorer, path)
		if page.Status != 404 || !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") {
			t.Errorf("a browser gets %[2]d, %[3]s for %[1]s", path, page.Status, page.Header.Get("Content-Type"))
		}
		wantText(t, byID(t, parse(t, page.Text), "main"), want)
	}
	explorer.Do(t, "POST", "/matrix", "").WantProblem(t, 404, "/matrix", "There is nothing at /matrix. The map is at /.")
}
