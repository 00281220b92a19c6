// Package outbox implements a transactional outbox: a service stores a message to a peer in the same transaction as the
// change that causes it, and a worker delivers the message later, with retries. Delivery is at least once, so the peer must
// be idempotent, and unordered.
//
// It needs the table outbox_messages, which the service's migrations create. The clients service uses it. Start at Add,
// then Run.
package outbox

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/propagation"
	"gorm.io/gorm"
)

// Outbox stores messages of type T as JSON until they are delivered.
type Outbox[T any] struct {
	db      *gorm.DB
	deliver func(context.Context, T) error
	wake    chan struct{}
	metrics metrics
}

// message is a row of the table.
type message struct {
	ID          int64
	Payload     []byte
	Traceparent string
	Attempts    int
	CreatedAt   time.Time
}

// traceparent is the W3C header. It is stored with the message, so that the delivery is part of the trace of the request
// that caused it.
const traceparent = "traceparent"

// New returns an outbox in db. Its worker calls deliver for each message until it returns nil.
func New[T any](db *gorm.DB, deliver func(context.Context, T) error) *Outbox[T] {
	return &Outbox[T]{db: db, deliver: deliver, wake: make(chan struct{}, 1), metrics: newMetrics()}
}

// Add stores a message in the caller's transaction. Call Wake after the commit.
func (o *Outbox[T]) Add(tx *gorm.DB, payload T) error {
	text, err := json.Marshal(payload)
	if err != nil {
		return fmt.Errorf("write a message for the outbox: %w", err)
	}
	headers := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(tx.Statement.Context, headers)
	const insert = "INSERT INTO outbox_messages (payload, traceparent) VALUES (?, ?)"
	if err := tx.Exec(insert, string(text), headers[traceparent]).Error; err != nil {
		return fmt.Errorf("put a message into the outbox: %w", err)
	}
	return nil
}

// Wake makes the worker of this process poll now. Otherwise a message waits for the next poll of any replica, at most a
// second.
func (o *Outbox[T]) Wake() {
	select {
	case o.wake <- struct{}{}:
	default: // it is awake already
	}
}

// Describe implements prometheus.Collector.
func (o *Outbox[T]) Describe(descriptions chan<- *prometheus.Desc) {
	o.metrics.describe(descriptions)
}

// Collect implements prometheus.Collector. It reads the table.
func (o *Outbox[T]) Collect(values chan<- prometheus.Metric) {
	o.metrics.collect(o.db, values)
}
