package registry

import (
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/olareg/olareg/types"
	"github.com/opencontainers/go-digest"
)

// lastIndex is a hard link to the last index of a repository that was synced to disk. olareg replaces the index without
// a sync, so that some file systems (XFS) lose the content of the old and the new index in a power cut.
const lastIndex = "index.json.last"

// synced delays the status 201 Created until the new blob or manifest is synced to disk.
func synced(dir string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if repository, _, ok := parseManifestPath(r.URL.Path); ok && r.Method != http.MethodGet && r.Method != http.MethodHead {
			if err := keepIndex(filepath.Join(dir, repository)); err != nil {
				refuse(w, http.StatusInternalServerError, "UNKNOWN", err.Error())
				return
			}
		}
		next.ServeHTTP(&syncWriter{ResponseWriter: w, dir: dir}, r)
	})
}

// keepIndex links the index of the repository in folder as lastIndex.
func keepIndex(folder string) error {
	last := filepath.Join(folder, lastIndex)
	if err := os.Remove(last); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	err := os.Link(filepath.Join(folder, "index.json"), last)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrExist) { // a new repository, or a concurrent push
		return nil
	}
	return err
}

// syncWriter delays the status 201 until the blob or manifest at Location is synced to disk.
type syncWriter struct {
	http.ResponseWriter
	dir      string
	answered bool
}

func (w *syncWriter) WriteHeader(status int) {
	if w.answered { // olareg sets the status twice after a POST with the whole blob
		return
	}
	w.answered = true
	if status == http.StatusCreated {
		location := w.Header().Get("Location")
		if err := w.sync(location); err != nil {
			slog.Error("cannot sync to disk", "location", location, "error", err)
			refuse(w.ResponseWriter, http.StatusInternalServerError, "UNKNOWN", err.Error())
			return
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *syncWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// sync syncs the blob or manifest at location to disk. For a manifest it also syncs the index and all folders above.
func (w *syncWriter) sync(location string) error {
	if repository, hash, ok := parseBlobPath(location); ok {
		w.Header().Set(types.HeaderDockerDigest, hash)
		blob := blobFile(filepath.Join(w.dir, repository), digest.Digest(hash))
		return errors.Join(syncFile(blob), syncFile(filepath.Dir(blob)))
	}
	repository, hash, ok := parseManifestPath(location)
	if !ok {
		return nil
	}
	folder := filepath.Join(w.dir, repository)
	err := errors.Join(syncFile(filepath.Join(folder, "index.json")), syncFile(filepath.Join(folder, "oci-layout")))
	for path := blobFile(folder, digest.Digest(hash)); len(path) >= len(w.dir); path = filepath.Dir(path) {
		err = errors.Join(err, syncFile(path))
	}
	return err
}

func syncFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// blobFile returns the path of a blob of the repository in folder.
func blobFile(folder string, hash digest.Digest) string {
	return filepath.Join(folder, "blobs", hash.Algorithm().String(), hash.Encoded())
}

func parseBlobPath(path string) (repository, hash string, ok bool) { return parsePath(path, "/blobs/") }

func parseManifestPath(path string) (repository, reference string, ok bool) {
	return parsePath(path, "/manifests/")
}

// parsePath splits /v2/<repository>/<kind>/<last>.
func parsePath(path, kind string) (repository, last string, ok bool) {
	path, ok = strings.CutPrefix(path, "/v2/")
	at := strings.LastIndex(path, kind)
	if !ok || at < 0 {
		return "", "", false
	}
	repository, last = path[:at], path[at+len(kind):]
	return repository, last, filepath.IsLocal(repository) && last != "" && !strings.Contains(last, "/")
}
