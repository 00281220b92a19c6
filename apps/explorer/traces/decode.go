package traces

import (
	"fmt"

	resource "go.opentelemetry.io/proto/otlp/resource/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// maxMessage bounds one span and one resource. Those of the demo's services have less than 1 KiB.
const maxMessage = 64 << 10

// The field numbers of OTLP's messages TracesData (ExportTraceServiceRequest has the same encoding), ResourceSpans and
// ScopeSpans.
const (
	resourceSpansField = 1
	resourceField      = 1
	scopeSpansField    = 2
	spansField         = 2
)

// decode calls take for each span of a TracesData message. It decodes one span at a time: a message of 4 MiB can hold
// millions of empty spans, which together would take a hundred times as much memory.
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

// into returns a function that decodes a message of limited length.
func into(message proto.Message) func([]byte) error {
	return func(text []byte) error {
		if len(text) > maxMessage {
			return fmt.Errorf("a %s has %d bytes, the limit is %d", message.ProtoReflect().Descriptor().Name(), len(text),
				maxMessage)
		}
		return proto.Unmarshal(text, message)
	}
}

// fields calls take for each embedded message with this field number.
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
