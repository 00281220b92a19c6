package traces

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protowire"

	"example.com/kubernetes-networking/apps/internal/problem"
)

const (
	// maxBody bounds one request, compressed or not. By OpenTelemetry's specification, an exporter sends at most 512 spans
	// per request.
	maxBody = 4 << 20
	// maxDecoding is how many requests are decoded at the same time.
	maxDecoding = 2

	path      = "/v1/traces"
	mediaType = "application/x-protobuf"
)

// Handler receives traces: OTLP over HTTP in protobuf. See https://opentelemetry.io/docs/specs/otlp/#otlphttp.
func (s *Store) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		switch {
		case r.URL.Path != path:
			problem.Write(w, r, problem.New(http.StatusNotFound, "Send traces to %s.", path))
		case r.Method != http.MethodPost:
			w.Header().Set("Allow", http.MethodPost)
			problem.Write(w, r, problem.New(http.StatusMethodNotAllowed, "Send traces with POST."))
		case media != mediaType:
			problem.Write(w, r, problem.New(http.StatusUnsupportedMediaType, "Send OTLP with the Content-Type %s.", mediaType))
		default:
			s.take(w, r)
		}
	})
}

// take stores the spans of a request. If the body is invalid, take stores the spans before the error.
func (s *Store) take(w http.ResponseWriter, r *http.Request) {
	select {
	case s.decoding <- struct{}{}:
		defer func() { <-s.decoding }()
	case <-r.Context().Done():
		return
	}
	body, err := read(w, r)
	if err != nil {
		refuse(w, err)
		return
	}
	rejected := 0
	err = decode(body, func(from origin, sent *otlp.Span) {
		id, span, valid := spanOf(from, sent)
		if !valid {
			rejected++
			return
		}
		s.add(id, span)
	})
	if err != nil {
		refuse(w, problem.New(http.StatusBadRequest, "The body is not a TracesData message: %v.", err))
		return
	}
	w.Header().Set("Content-Type", mediaType)
	_, _ = w.Write(accepted(rejected)) // an error means that the sender has disconnected
}

// read returns the uncompressed body.
func read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	var reader io.Reader = http.MaxBytesReader(w, r.Body, maxBody)
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
	case "gzip":
		unzipped, err := gzip.NewReader(reader)
		if err != nil {
			return nil, problem.New(http.StatusBadRequest, "The body is not valid gzip: %v.", err)
		}
		reader = io.LimitReader(unzipped, maxBody+1)
	default:
		return nil, problem.New(http.StatusUnsupportedMediaType,
			"The Content-Encoding %q is not supported: send gzip or none.", encoding)
	}
	body, err := io.ReadAll(reader)
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong) || len(body) > maxBody:
		return nil, problem.New(http.StatusRequestEntityTooLarge,
			"The body has more than %d bytes: send fewer spans per request.", maxBody)
	case err != nil:
		return nil, problem.New(http.StatusBadRequest, "The body cannot be read: %v.", err)
	default:
		return body, nil
	}
}

// accepted returns an ExportTraceServiceResponse: empty, or with partial_success. It is encoded by hand, because the
// package of the message depends on gRPC.
func accepted(rejected int) []byte {
	if rejected == 0 {
		return nil
	}
	partial := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), uint64(rejected))
	partial = protowire.AppendString(protowire.AppendTag(partial, 2, protowire.BytesType),
		fmt.Sprintf("%d spans have no valid ids or no start", rejected))
	return protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), partial)
}

// refuse responds with a google.rpc.Status, which OTLP requires instead of the problem document of RFC 9457. It sets
// only the message.
func refuse(w http.ResponseWriter, err error) {
	refusal := problem.From(err)
	w.Header().Set("Content-Type", mediaType)
	w.WriteHeader(refusal.Status)
	_, _ = w.Write(protowire.AppendString(protowire.AppendTag(nil, 2, protowire.BytesType), refusal.Detail))
}
