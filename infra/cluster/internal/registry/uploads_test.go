package registry_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// zeros is content that takes no memory.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func send(t *testing.T, method, url string, body io.Reader, header http.Header) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		request.Header[name] = values
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response
}

func TestUploadsAreNotHeldInMemory(t *testing.T) {
	base := "http://" + serve(t, t.TempDir(), nil)
	const size = 64 << 20
	hash := sha256.New()
	if _, err := io.CopyN(hash, zeros{}, size); err != nil {
		t.Fatal(err)
	}
	blob := fmt.Sprintf("sha256:%x", hash.Sum(nil))

	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	upload := base + send(t, http.MethodPost, base+"/v2/demo/app/blobs/uploads/", nil, nil).Header.Get("Location")
	if got := send(t, http.MethodPatch, upload, io.LimitReader(zeros{}, size), nil); got.StatusCode != http.StatusAccepted {
		t.Errorf("PATCH answers %s", got.Status)
	}
	if got := send(t, http.MethodPut, upload+"?digest="+blob, nil, nil); got.StatusCode != http.StatusCreated {
		t.Fatalf("PUT answers %s", got.Status)
	}
	runtime.ReadMemStats(&after)
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > size/8 {
		t.Errorf("an upload of %d MB allocated %d MB", size>>20, allocated>>20)
	}
	if got := send(t, http.MethodHead, base+"/v2/demo/app/blobs/"+blob, nil, nil); got.ContentLength != size {
		t.Errorf("the blob: %s, %d bytes, want %d", got.Status, got.ContentLength, size)
	}
}

func TestUploadInPiecesIsCheckedPieceByPiece(t *testing.T) {
	dir := t.TempDir()
	base := "http://" + serve(t, dir, nil)
	blob := fmt.Sprintf("sha256:%x", sha256.Sum256([]byte("hello, world")))
	upload := base + send(t, http.MethodPost, base+"/v2/demo/app/blobs/uploads/", nil, nil).Header.Get("Location")
	for _, piece := range []struct {
		method, query, text, contentRange string
		want                              int
	}{
		{http.MethodPatch, "", "hello", "0-4", http.StatusAccepted},
		{http.MethodPatch, "", "world", "7-11", http.StatusRequestedRangeNotSatisfiable}, // not where the last has ended
		{http.MethodPatch, "", ", ", "5-6", http.StatusAccepted},
		{http.MethodPut, "?digest=" + blob, "world", "7-11", http.StatusCreated},
	} {
		got := send(t, piece.method, upload+piece.query, strings.NewReader(piece.text), http.Header{"Content-Range": {piece.contentRange}})
		if got.StatusCode != piece.want {
			t.Errorf("%s of %q at %s answers %s, want %d", piece.method, piece.text, piece.contentRange, got.Status, piece.want)
		}
	}
	response, err := http.Get(base + "/v2/demo/app/blobs/" + blob)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if got, err := io.ReadAll(response.Body); string(got) != "hello, world" || err != nil {
		t.Errorf("the blob is %q, %v", got, err)
	}
	if left, err := os.ReadDir(filepath.Join(dir, "uploads")); len(left) > 0 || err != nil {
		t.Errorf("uploads has %v, %v, want nothing", left, err)
	}
}

func TestUploadWithAnotherDigestIsRefused(t *testing.T) {
	base := "http://" + serve(t, t.TempDir(), nil)
	blob := fmt.Sprintf("sha256:%x", sha256.Sum256([]byte("something else")))
	for query, want := range map[string]int{"": http.StatusBadRequest, "?digest=" + blob: http.StatusBadRequest} {
		upload := base + send(t, http.MethodPost, base+"/v2/demo/app/blobs/uploads/", nil, nil).Header.Get("Location")
		if got := send(t, http.MethodPut, upload+query, strings.NewReader("hello"), nil); got.StatusCode != want {
			t.Errorf("PUT %q answers %s, want %d", query, got.Status, want)
		}
	}
	if got := send(t, http.MethodHead, base+"/v2/demo/app/blobs/"+blob, nil, nil); got.StatusCode != http.StatusNotFound {
		t.Errorf("the blob that was not sent: %s", got.Status)
	}
}
