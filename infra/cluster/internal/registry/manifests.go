package registry

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/renameio/v2"
)

// maxManifest is the size that the OCI distribution specification asks registries to accept at least.
const maxManifest = 4 << 20

// manifest is one accepted PUT of a manifest. Put again into an empty registry, it has the same effect.
type manifest struct {
	Path        string    `json:"path"`
	ContentType string    `json:"contentType"`
	Body        []byte    `json:"body"`
	Time        time.Time `json:"time"`
}

// keepManifests puts manifests that were accepted earlier into next, which holds them in memory, and writes each that
// it accepts from now on to dir before the client is told.
func keepManifests(next http.Handler, dir string) (http.Handler, error) {
	if err := os.MkdirAll(manifests(dir), 0o700); err != nil {
		return nil, err
	}
	kept, err := load(dir)
	if err != nil {
		return nil, err
	}
	if err := keepOnly(dir, kept); err != nil {
		return nil, err
	}
	for _, m := range kept {
		if answer := put(next, m); answer.Code != http.StatusCreated {
			slog.Warn("a kept manifest is no longer accepted", "path", m.Path, "status", answer.Code, "body", answer.Body.String())
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPut || !strings.Contains(r.URL.Path, "/manifests/") {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxManifest))
		if err != nil {
			http.Error(w, "manifest: "+err.Error(), http.StatusRequestEntityTooLarge)
			return
		}
		m := manifest{Path: r.URL.Path, ContentType: r.Header.Get("Content-Type"), Body: body, Time: time.Now()}
		if err := checkBlobs(dir, m); err != nil { // they were removed when the registry was started in the meantime
			http.Error(w, "manifest: push the image again: "+err.Error(), http.StatusNotFound)
			return
		}
		answer := put(next, m)
		if answer.Code == http.StatusCreated {
			if err := errors.Join(syncBlobs(dir, m), m.write(dir)); err != nil {
				http.Error(w, "manifest: "+err.Error(), http.StatusInternalServerError)
				return
			}
		}
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes()) // a client that is gone needs no answer
	}), nil
}

func put(handler http.Handler, m manifest) *httptest.ResponseRecorder {
	request := &http.Request{
		Method: http.MethodPut,
		URL:    &url.URL{Path: m.Path},
		Header: http.Header{"Content-Type": {m.ContentType}},
		Body:   io.NopCloser(bytes.NewReader(m.Body)),
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	return answer
}

// load returns the manifests in the order in which they were first put, since an index is refused before its images. One that
// a power cut has left damaged, or without its blobs, is removed: the image has to be pushed again.
func load(dir string) ([]manifest, error) {
	files, err := filepath.Glob(filepath.Join(manifests(dir), "*.json"))
	if err != nil {
		return nil, err
	}
	var kept []manifest
	for _, file := range files {
		m, err := read(file)
		if err == nil {
			err = checkBlobs(dir, m)
		}
		if err == nil {
			kept = append(kept, m)
			continue
		}
		slog.Warn("an image is damaged: push it again", "manifest", file, "because", err)
		if err := os.Remove(file); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(kept, func(a, b manifest) int { return cmp.Compare(a.Time.UnixNano(), b.Time.UnixNano()) })
	return kept, nil
}

func read(file string) (m manifest, err error) {
	content, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(content, &m)
	}
	return m, err
}

func (m manifest) write(dir string) error {
	content, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return renameio.WriteFile(filepath.Join(manifests(dir), url.PathEscape(m.Path)+".json"), content, 0o600)
}

func manifests(dir string) string { return filepath.Join(dir, "manifests") }
