package registry

import (
	"net/http"

	"github.com/olareg/olareg/types"
)

// refuse sends an error in the format of the OCI distribution specification. Clients print its message.
func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = types.ErrRespJSON(w, types.ErrorInfo{Code: code, Message: message}) // the client may have disconnected
}
