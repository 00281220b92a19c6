package registry

import (
	"context"
	"net/http"
	"strings"

	"github.com/olareg/olareg/types"
)

// manifestTypes are all that the registry holds.
var manifestTypes = strings.Join([]string{
	types.MediaTypeOCI1Manifest, types.MediaTypeOCI1ManifestList, types.MediaTypeDocker2Manifest, types.MediaTypeDocker2ManifestList,
}, ", ")

// tolerant answers clients whose requests olareg refuses.
//
// A manifest has one type, and its digest is of that one. olareg returns 404 unless the client lists the type; it does
// not know `*/*`, which curl sends. And net/http cancels the context of a client that closes its writing side after the
// request, as nc does; olareg then returns 500.
func tolerant(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.Clone(context.WithoutCancel(r.Context()))
		r.Header.Set("Accept", manifestTypes)
		next.ServeHTTP(w, r)
	})
}
