package registry

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// uploads keeps in files what clients upload piece by piece; next would keep it in memory, and the memory for good.
//
// A client asks for an upload (POST), sends one piece or several (PATCH), and closes it with the digest (PUT), as the OCI
// distribution specification has it. Next gets the whole in one request, which it streams to its folder.
type uploads struct {
	next http.Handler
	dir  string
}

// keepUploads makes dir and removes what clients of an earlier process did not finish.
func keepUploads(next http.Handler, dir string) (http.Handler, error) {
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	return uploads{next, dir}, os.Mkdir(dir, 0o700)
}

func (u uploads) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, id, _ := strings.Cut(r.URL.Path, "/blobs/uploads/")
	// Next makes the identifiers, in its answer to POST: they are numbers.
	_, err := strconv.ParseUint(id, 10, 64)
	if err != nil || r.Method != http.MethodPatch && r.Method != http.MethodPut {
		u.next.ServeHTTP(w, r)
		return
	}
	file, err := os.OpenFile(filepath.Join(u.dir, id), os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer file.Close()
	if r.Method == http.MethodPatch {
		err = add(w, r, file)
	} else {
		err = u.finish(w, r, id, file)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
	if err != nil || r.Method == http.MethodPut {
		_ = os.Remove(file.Name()) // whatever stays is removed at the next start
	}
}

// add adds a piece. One that starts elsewhere than the last has ended is refused.
func add(w http.ResponseWriter, r *http.Request, file *os.File) error {
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if pieces := r.Header.Get("Content-Range"); pieces != "" {
		var start int64
		if _, err := fmt.Sscanf(pieces, "%d-", &start); err != nil || start != size {
			w.Header().Set("Range", fmt.Sprintf("0-%d", size-1))
			w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
			return nil
		}
	}
	added, err := io.Copy(file, r.Body)
	if err != nil {
		return err
	}
	w.Header().Set("Location", r.URL.Path)
	w.Header().Set("Range", fmt.Sprintf("0-%d", size+added-1))
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// finish hands everything that has come, and what comes with this request, to next.
func (u uploads) finish(w http.ResponseWriter, r *http.Request, id string, file *os.File) error {
	if !r.URL.Query().Has("digest") {
		return errors.New("an upload is closed with its digest")
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	whole := r.Clone(r.Context())
	whole.Method = http.MethodPost
	whole.URL.Path = strings.TrimSuffix(r.URL.Path, id)
	whole.Body = io.NopCloser(io.MultiReader(file, r.Body))
	if r.ContentLength >= 0 {
		whole.ContentLength = info.Size() + r.ContentLength
	}
	u.next.ServeHTTP(w, whole)
	return nil
}
