package registry

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
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
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := replay(next, dir); err != nil {
		return nil, err
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
		answer := put(next, m)
		if answer.Code == http.StatusCreated {
			if err := m.write(dir); err != nil {
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

// replay puts the manifests in the order in which they were first put, since an index is refused before its images.
func replay(handler http.Handler, dir string) error {
	var manifests []manifest
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var m manifest
		if err := json.Unmarshal(content, &m); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		manifests = append(manifests, m)
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(manifests, func(a, b manifest) int { return cmp.Compare(a.Time.UnixNano(), b.Time.UnixNano()) })
	for _, m := range manifests {
		if answer := put(handler, m); answer.Code != http.StatusCreated {
			slog.Warn("a kept manifest is no longer accepted", "path", m.Path, "status", answer.Code, "body", answer.Body.String())
		}
	}
	return nil
}

func (m manifest) write(dir string) error {
	content, err := json.Marshal(m)
	if err != nil {
		return err
	}
	file := filepath.Join(dir, url.PathEscape(m.Path)+".json")
	if err := os.WriteFile(file+".new", content, 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}
