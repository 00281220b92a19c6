package service_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"example.com/kubernetes-networking/apps/internal/apitest"
)

// raw sends a request without changes. With the header Accept-Encoding, the answer is not decompressed.
func raw(t *testing.T, explorer apitest.API, method, path string, header ...string) apitest.Answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, explorer.URL+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	return apitest.Send(t, request)
}

func TestPagesAndFilesAreCompressed(t *testing.T) {
	explorer := explore(t, demo(3), everything("a text"))
	for _, path := range []string{"/", "/matrix", "/style.css", "/script.js"} {
		compressed := raw(t, explorer, "GET", path, "Accept-Encoding", "gzip, deflate, br, zstd")
		for header, want := range map[string]string{"Content-Encoding": "gzip", "Vary": "Accept-Encoding"} {
			if got := compressed.Header.Get(header); got != want {
				t.Errorf("%s of %s is %q, want %q", header, path, got, want)
			}
		}
		plain := raw(t, explorer, "GET", path, "Accept-Encoding", "identity")
		if coding, vary := plain.Header.Get("Content-Encoding"), plain.Header.Get("Vary"); coding != "" || vary != "Accept-Encoding" {
			t.Errorf("%s for a client without gzip has the Content-Encoding %q, and varies by %q", path, coding, vary)
		}
		reader, err := gzip.NewReader(strings.NewReader(compressed.Text))
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(reader); err != nil || string(text) != plain.Text || len(compressed.Text) > len(text)/2 {
			t.Errorf("%s is %d of %d bytes, %v; want the same text in less than half", path, len(compressed.Text), len(plain.Text), err)
		}
	}
}

func TestSmallAnswersAreNotCompressed(t *testing.T) {
	explorer := explore(t, demo(3), &answers{})
	for _, path := range []string{"/icon.svg", "/nowhere"} {
		if answer := raw(t, explorer, "GET", path, "Accept-Encoding", "gzip"); answer.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s of %d bytes is compressed", path, len(answer.Text))
		}
	}
}

func TestHeadersOfACompressedFile(t *testing.T) {
	explorer := explore(t, demo(3), &answers{})
	first := raw(t, explorer, "GET", "/style.css", "Accept-Encoding", "gzip")
	tag := first.Header.Get("ETag")
	if !strings.HasPrefix(tag, `W/"`) || first.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("got %s, coded as %q; want a weak tag, which both codings share", tag, first.Header.Get("Content-Encoding"))
	}
	for _, coding := range []string{"gzip", "identity"} {
		again := raw(t, explorer, "GET", "/style.css", "Accept-Encoding", coding, "If-None-Match", tag)
		if again.Status != http.StatusNotModified || again.Text != "" || again.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s: got %d, coded as %q, for a copy that is current", coding, again.Status, again.Header.Get("Content-Encoding"))
		}
	}
	if head := raw(t, explorer, "HEAD", "/style.css", "Accept-Encoding", "gzip"); head.Status != 200 || head.Header.Get("ETag") != tag {
		t.Errorf("HEAD got %d, %s; want the headers of the file", head.Status, head.Header.Get("ETag"))
	}
	part := raw(t, explorer, "GET", "/style.css", "Accept-Encoding", "gzip", "Range", "bytes=0-1999")
	if part.Status != http.StatusPartialContent || len(part.Text) != 2000 || part.Header.Get("Content-Encoding") != "" {
		t.Errorf("a range got %d with %d bytes, coded as %q", part.Status, len(part.Text), part.Header.Get("Content-Encoding"))
	}
}
