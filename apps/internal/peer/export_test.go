package peer

import "net/http"

// Judge returns what a client makes of an answer, for the fuzz test.
func Judge(status int, header http.Header, body []byte, into any) error {
	return New("orders", "http://orders").read(call{"GET", "/x", "/x", []string{"ADA"}}, answer{status, header, body}, into)
}
