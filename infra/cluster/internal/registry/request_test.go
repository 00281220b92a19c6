package registry_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
)

func TestManifestIsReturnedForAnyAcceptHeader(t *testing.T) {
	address := serve(t, t.TempDir(), nil)
	push(t, address+"/app:1", randomImage(t))
	for _, accept := range []string{"", "*/*", "text/html, */*;q=0.8", "application/vnd.oci.image.manifest.v1+json"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/v2/app/manifests/1", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Accept", accept)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Errorf("Accept: %s: %s", accept, response.Status)
		}
	}
}

func TestClientThatClosesItsSendingSideGetsTheResponse(t *testing.T) {
	address := serve(t, t.TempDir(), nil)
	push(t, address+"/app:1", randomImage(t))
	for range 20 {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.WriteString(conn, "GET /v2/app/manifests/1 HTTP/1.1\r\nHost: registry\r\nConnection: close\r\n\r\n")
		if err == nil {
			err = conn.(*net.TCPConn).CloseWrite()
		}
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		conn.Close()
		if response.StatusCode != http.StatusOK {
			t.Fatalf("status %s, want 200", response.Status)
		}
	}
}
