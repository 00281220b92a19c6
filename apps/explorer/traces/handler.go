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
	// maxBody is for one request, compressed or not. An exporter sends at most 512 spans in one, says OpenTelemetry's
	// specification of its batches.
	maxBody = 4 << 20
	// maxDecoding is how many requests are read at the same time.
	maxDecoding = 2

	path      = "/v1/traces"
	mediaType = "application/x-protobuf"
)

// Handler takes traces: OTLP over HTTP, in protobuf, as https://opentelemetry.io/docs/specs/otlp/#otlphttp says.
func (s *Store) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		switch {
		case r.URL.Path != path:
			problem.Write(w, r, problem.New(http.StatusNotFound, "Traces are taken at %s and nowhere else.", path))
		case r.Method != http.MethodPost:
			w.Header().Set("Allow", http.MethodPost)
			problem.Write(w, r, problem.New(http.StatusMethodNotAllowed, "Traces are sent with POST."))
		case media != mediaType:
			problem.Write(w, r, problem.New(http.StatusUnsupportedMediaType, "Send OTLP with the Content-Type %s.", mediaType))
		default:
			s.take(w, r)
		}
	})
}

// take stores the spans of a request. Spans that come before what cannot be read are stored.
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
	added, rejected := 0, 0
	err = decode(body, func(from origin, sent *otlp.Span) {
		id, span, valid := spanOf(from, sent)
		if !valid {
			rejected++
			return
		}
		added++
		s.add(id, span)
	})
	if added > 0 {
		s.announce()
	}
	if err != nil {
		refuse(w, problem.New(http.StatusBadRequest, "The body is no TracesData message: %v.", err))
		return
	}
	w.Header().Set("Content-Type", mediaType)
	// If the sender hangs up now there is nobody left to tell.
	_, _ = w.Write(accepted(rejected))
}

// read returns the body as it was before it was compressed.
func read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	var reader io.Reader = http.MaxBytesReader(w, r.Body, maxBody)
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
	case "gzip":
		unzipped, err := gzip.NewReader(reader)
		if err != nil {
			return nil, problem.New(http.StatusBadRequest, "The body is not what gzip makes: %v.", err)
		}
		reader = io.LimitReader(unzipped, maxBody+1)
	default:
		return nil, problem.New(http.StatusUnsupportedMediaType, "The Content-Encoding is %q, send gzip or none.", encoding)
	}
	body, err := io.ReadAll(reader)
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong) || len(body) > maxBody:
		return nil, problem.New(http.StatusRequestEntityTooLarge, "The body has more than %d bytes, send fewer spans at once.", maxBody)
	case err != nil:
		return nil, problem.New(http.StatusBadRequest, "The body cannot be read: %v.", err)
	default:
		return body, nil
	}
}

// accepted is an ExportTraceServiceResponse: empty, or with its partial_success. It is written by hand, because the
// package that has the message needs all of gRPC.
func accepted(rejected int) []byte {
	if rejected == 0 {
		return nil
	}
	partial := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), uint64(rejected))
	partial = protowire.AppendString(protowire.AppendTag(partial, 2, protowire.BytesType),
		fmt.Sprintf("%d spans have no valid ids or no start", rejected))
	return protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), partial)
}

// refuse answers with what OTLP wants instead of a problem of RFC 9457: google.rpc.Status, here with its message alone.
func refuse(w http.ResponseWriter, err error) {
	refusal := problem.From(err)
	w.Header().Set("Content-Type", mediaType)
	w.WriteHeader(refusal.Status)
	_, _ = w.Write(protowire.AppendString(protowire.AppendTag(nil, 2, protowire.BytesType), refusal.Detail))
}
