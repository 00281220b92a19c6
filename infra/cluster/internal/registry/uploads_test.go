package registry_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
)

// zeros reads as an endless sequence of zeros.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func send(t *testing.T, method, url string, body io.Reader) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
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
	upload := base + send(t, http.MethodPost, base+"/v2/demo/app/blobs/uploads/", nil).Header.Get("Location")
	patched := send(t, http.MethodPatch, upload, io.LimitReader(zeros{}, size))
	if patched.StatusCode != http.StatusAccepted {
		t.Errorf("PATCH returns %s", patched.Status)
	}
	if got := send(t, http.MethodPut, base+patched.Header.Get("Location")+"&digest="+blob, nil); got.StatusCode != http.StatusCreated {
		t.Fatalf("PUT returns %s", got.Status)
	}
	runtime.ReadMemStats(&after)
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > size/8 {
		t.Errorf("an upload of %d MB allocated %d MB", size>>20, allocated>>20)
	}
	if got := send(t, http.MethodHead, base+"/v2/demo/app/blobs/"+blob, nil); got.ContentLength != size {
		t.Errorf("the blob: %s, %d bytes, want %d", got.Status, got.ContentLength, size)
	}
}

func TestUploadWithAnotherDigestIsRefused(t *testing.T) {
	base := "http://" + serve(t, t.TempDir(), nil)
	blob := fmt.Sprintf("sha256:%x", sha256.Sum256([]byte("something else")))
	for _, query := range []string{"", "&digest=" + blob, "&digest=md5:d41d8cd98f00b204e9800998ecf8427e"} {
		upload := base + send(t, http.MethodPost, base+"/v2/demo/app/blobs/uploads/", nil).Header.Get("Location")
		if got := send(t, http.MethodPut, upload+query, strings.NewReader("hello")); got.StatusCode != http.StatusBadRequest {
			t.Errorf("PUT %q returns %s, want 400", query, got.Status)
		}
	}
	if got := send(t, http.MethodHead, base+"/v2/demo/app/blobs/"+blob, nil); got.StatusCode != http.StatusNotFound {
		t.Errorf("the blob that was not sent: %s", got.Status)
	}
}
