package service

import (
	"fmt"
	"net/http"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzip"
)

// middleware puts something around a handler.
type middleware = func(http.Handler) http.HandlerFunc

// compression returns gzip for answers, and gzip for streams. A stream keeps no compressor between two events: that would
// take about 1 MB for each page that is open.
//
// No page holds a secret, so its compressed size reveals none.
func compression() (answers, streams middleware, err error) {
	// Browsers take zstd too. Its encoders take more memory, and pages of 40 kB do not get smaller.
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
