package web

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// Raw declares a GET route whose handler writes the answer itself.
func (a *API) Raw(path string, handler func(*gin.Context) error) {
	a.handle(http.MethodGet, path, answering(handler))
}
