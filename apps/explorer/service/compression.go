package service

import (
	"fmt"
	"net/http"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzip"
)

// middleware wraps a handler.
type middleware = func(http.Handler) http.HandlerFunc

// compression returns the gzip middleware for answers and for streams. Streams use stateless compression: a compressor
// that lives as long as the stream takes about 1 MB per open page.
//
// Pages contain no secrets that the size of compressed pages could reveal.
func compression() (answers, streams middleware, err error) {
	// Browsers support zstd, too. Its encoders need more memory, and do not make pages of 40 kB smaller.
	answers, err = gzhttp.NewWrapper(gzhttp.EnableZstd(false))
	if err != nil {
		return nil, nil, fmt.Errorf("compress answers: %w", err)
	}
	streams, err = gzhttp.NewWrapper(gzhttp.EnableZstd(false), gzhttp.CompressionLevel(gzip.StatelessCompression))
	if err != nil {
		return nil, nil, fmt.Errorf("compress streams: %w", err)
	}
	return answers, streams, nil
}
