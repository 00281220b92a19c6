package service

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"net/http"
	"time"
)

//go:embed page
var embedded embed.FS

// serveFiles serves the style sheet, the script and the icon. Browsers revalidate their copies each time, so that pages
// and files always match. The ETags are weak, because compressed and uncompressed files share them.
// https://www.rfc-editor.org/rfc/rfc9110#section-8.8.1
func serveFiles(mux *http.ServeMux, compressed middleware) error {
	for _, name := range []string{"style.css", "script.js", "icon.svg"} {
		content, err := embedded.ReadFile("page/" + name)
		if err != nil {
			return fmt.Errorf("read a file of the pages: %w", err)
		}
		sum := sha256.Sum256(content)
		tag := `W/"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
		mux.Handle("GET /"+name, compressed(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "no-cache")
			w.Header().Set("ETag", tag)
			http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
		})))
	}
	return nil
}
