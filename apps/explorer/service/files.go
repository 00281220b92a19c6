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

// serveFiles serves the style, the script and the icon. A browser asks each time whether its copy is still the one, and
// gets the file only if it is not: pages and files always fit each other. The tags are weak, because the compressed file has the
// same one. https://www.rfc-editor.org/rfc/rfc9110#section-8.8.1
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
