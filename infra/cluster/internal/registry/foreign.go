package registry

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/olareg/olareg/types"
)

// maxManifest is the size of a manifest that the OCI distribution specification asks registries to accept at least.
const maxManifest = 4 << 20

// foreignLayers accepts manifests with layers that are to be had elsewhere, and not here: olareg asks for every blob. It
// finds an empty folder in the place of such a layer while it checks the manifest, and nobody can download a folder.
func foreignLayers(dir string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		repository, _, ok := parseManifestPath(r.URL.Path)
		if !ok || r.Method != http.MethodPut {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxManifest))
		if err != nil {
			refuse(w, http.StatusRequestEntityTooLarge, "MANIFEST_INVALID", err.Error())
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		var m types.Manifest
		_ = json.Unmarshal(body, &m) // olareg refuses what cannot be parsed
		for _, layer := range m.Layers {
			if !isForeign(layer) {
				continue
			}
			if place := blobFile(filepath.Join(dir, repository), layer.Digest); os.Mkdir(place, 0o700) == nil {
				defer os.Remove(place)
			}
		}
		next.ServeHTTP(w, r)
	})
}

// isForeign reports whether a registry may lack the layer.
func isForeign(layer types.Descriptor) bool {
	return types.MediaTypeForeign(layer.MediaType) && len(layer.URLs) > 0 && layer.Digest.Validate() == nil
}
