package registry

import (
	"context"
	"net/http"
	"strings"

	"github.com/olareg/olareg/types"
)

// manifestTypes lists all media types of manifests in the registry.
var manifestTypes = strings.Join([]string{
	types.MediaTypeOCI1Manifest, types.MediaTypeOCI1ManifestList, types.MediaTypeDocker2Manifest, types.MediaTypeDocker2ManifestList,
}, ", ")

// tolerant adapts requests that olareg refuses.
//
// olareg returns 404 for a manifest unless Accept lists its media type, and does not understand `*/*`, which curl
// sends. A manifest has only one type, so Accept is set to all types. olareg also returns 500 once the request's
// context is cancelled, and net/http cancels it when a client closes its sending side after the request, as nc does.
func tolerant(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.Clone(context.WithoutCancel(r.Context()))
		r.Header.Set("Accept", manifestTypes)
		next.ServeHTTP(w, r)
	})
}
