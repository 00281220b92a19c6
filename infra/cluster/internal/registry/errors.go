package registry

import (
	"net/http"

	"github.com/olareg/olareg/types"
)

// refuse answers with an error in the format of the OCI distribution specification, which clients print.
func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = types.ErrRespJSON(w, types.ErrorInfo{Code: code, Message: message}) // a client that is gone needs no answer
}
