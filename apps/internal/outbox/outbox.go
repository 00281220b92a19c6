// Package outbox is a transactional outbox: a message to a peer is stored in the transaction that makes it true, and a
// worker delivers it afterwards, as often as it takes. A message is delivered at least once, so the peer has to be
// idempotent; messages have no order among each other.
//
// It needs the table outbox_messages in the service's migrations.
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

// Outbox keeps messages of the type T, which is stored as JSON, until they are delivered.
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

// traceparent is the W3C header of that name. It is stored with the message, so that the delivery is a part of the
// trace of the request that caused it.
const traceparent = "traceparent"

// New returns an outbox in db whose worker hands each message to deliver until that returns nil.
func New[T any](db *gorm.DB, deliver func(context.Context, T) error) *Outbox[T] {
	return &Outbox[T]{db: db, deliver: deliver, wake: make(chan struct{}, 1), metrics: newMetrics()}
}

// Add stores a message in the caller's transaction. Call Wake once that is committed.
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

// Wake makes the worker of this process look for messages now. Without it they wait for its next look, at most a
// second; a worker of another replica may take them.
func (o *Outbox[T]) Wake() {
	select {
	case o.wake <- struct{}{}:
	default: // it has been told already
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
