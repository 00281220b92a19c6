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

// maxManifest is the size of a manifest, in bytes, that the OCI distribution specification requires registries to
// accept.
const maxManifest = 4 << 20

// foreignLayers accepts manifests with layers that only another server has. olareg requires the blob of every layer, so
// an empty folder takes the place of the blob while olareg checks the manifest. Clients cannot download a folder.
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
		_ = json.Unmarshal(body, &m) // olareg refuses invalid manifests
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

// isForeign reports whether the registry may lack the blob of the layer.
func isForeign(layer types.Descriptor) bool {
	return types.MediaTypeForeign(layer.MediaType) && len(layer.URLs) > 0 && layer.Digest.Validate() == nil
}
