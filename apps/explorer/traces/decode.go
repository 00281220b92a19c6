package traces

import (
	"fmt"

	resource "go.opentelemetry.io/proto/otlp/resource/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// maxMessage is for one span and for one resource. Those of our services have less than 1 KiB.
const maxMessage = 64 << 10

// Numbers of the fields of OTLP's messages TracesData (ExportTraceServiceRequest is the same on the wire), ResourceSpans
// and ScopeSpans.
const (
	resourceSpansField = 1
	resourceField      = 1
	scopeSpansField    = 2
	spansField         = 2
)

// decode calls take for each span of a TracesData message. Spans are read one at a time: a message of 4 MiB can hold
// millions of empty ones, and read at once they would take a hundred times as much memory.
func decode(message []byte, take func(origin, *otlp.Span)) error {
	return fields(message, resourceSpansField, func(resourceSpans []byte) error {
		var sender resource.Resource
		if err := fields(resourceSpans, resourceField, into(&sender)); err != nil {
			return err
		}
		from := originOf(&sender)
		return fields(resourceSpans, scopeSpansField, func(scopeSpans []byte) error {
			return fields(scopeSpans, spansField, func(text []byte) error {
				var span otlp.Span
				if err := into(&span)(text); err != nil {
					return err
				}
				take(from, &span)
				return nil
			})
		})
	})
}

// into reads a message of limited length.
func into(message proto.Message) func([]byte) error {
	return func(text []byte) error {
		if len(text) > maxMessage {
			return fmt.Errorf("a %s has %d bytes, and %d are allowed", message.ProtoReflect().Descriptor().Name(), len(text), maxMessage)
		}
		return proto.Unmarshal(text, message)
	}
}

// fields calls take for each embedded message of a message that has this number.
func fields(message []byte, number protowire.Number, take func([]byte) error) error {
	for len(message) > 0 {
		found, kind, length := protowire.ConsumeField(message)
		if length < 0 {
			return protowire.ParseError(length)
		}
		if found == number && kind == protowire.BytesType {
			_, _, tag := protowire.ConsumeTag(message)
			embedded, _ := protowire.ConsumeBytes(message[tag:])
			if err := take(embedded); err != nil {
				return err
			}
		}
		message = message[length:]
	}
	return nil
}
