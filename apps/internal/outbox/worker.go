package outbox

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"gorm.io/gorm"

	"example.com/kubernetes-networking/apps/contract/failure"
	"example.com/kubernetes-networking/apps/internal/problem"
)

const (
	// pollPeriod is the pause between two polls without Wake. They find messages that are due again, and those of a replica
	// that died.
	pollPeriod = time.Second
	// DeliveryTimeout limits one delivery. The transaction that claims the message lasts slightly longer, so that it can
	// record a failure.
	DeliveryTimeout = 10 * time.Second
	claimTimeout    = DeliveryTimeout + 3*time.Second
	// firstPause follows the first failure and doubles with each further one, up to lastPause. lastPause is short, because a
	// failed delivery is cheap, and a peer that recovers should get its messages soon.
	firstPause = 200 * time.Millisecond
	lastPause  = 10 * time.Second
)

// claim locks the message that has been due for the longest time. A message that fails moves to the end of the queue, so
// that it does not block others. Replicas skip locked messages, and PostgreSQL releases the lock when the connection ends,
// also after a crash. All times come from the database, whose clock all replicas share.
const claim = `
	SELECT id, payload, traceparent, attempts, created_at FROM outbox_messages
	WHERE next_attempt_at <= now() ORDER BY next_attempt_at, id LIMIT 1 FOR UPDATE SKIP LOCKED`

// Run delivers messages, one at a time, until ctx ends; then it returns nil. An interrupted delivery is repeated later. Any
// number of replicas may run it.
func (o *Outbox[T]) Run(ctx context.Context) error {
	for failures := 0; ctx.Err() == nil; {
		found, err := o.next(ctx)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			failures++
			pause := pauseAfter(failures)
			slog.WarnContext(ctx, "the outbox is not available", "again_in", pause.String(), "error", err)
			o.wait(ctx, pause)
		case !found:
			failures = 0
			o.wait(ctx, pollPeriod)
		}
	}
	return nil
}

// next claims a message and delivers it in one transaction. It reports whether there was one. Its errors come from the
// database only: a failed delivery is recorded in the message.
func (o *Outbox[T]) next(ctx context.Context) (found bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, claimTimeout)
	defer cancel()
	var delivered error
	err = o.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var claimed message
		result := tx.Raw(claim).Scan(&claimed)
		if found = result.RowsAffected == 1; !found {
			return result.Error
		}
		ctx := propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{traceparent: claimed.Traceparent})
		delivered = o.attempt(ctx, claimed)
		return settle(ctx, tx, claimed, delivered)
	})
	if found && err == nil {
		o.metrics.count(delivered)
	}
	return found, err
}

// attempt tries to deliver a message within DeliveryTimeout. It records a span of its own.
func (o *Outbox[T]) attempt(ctx context.Context, claimed message) error {
	ctx, cancel := context.WithTimeout(ctx, DeliveryTimeout)
	defer cancel()
	ctx, span := otel.Tracer("outbox").Start(ctx, "outbox delivery")
	defer span.End()
	var payload T
	err := json.Unmarshal(claimed.Payload, &payload)
	if err == nil {
		err = o.deliver(ctx, payload)
	}
	if err != nil {
		span.SetStatus(codes.Error, string(failure.Of(err).Code))
	}
	return err
}

// settle deletes a delivered message, or postpones a failed one. It logs only the status and the code of the failure,
// because the text of a peer may hold personal data.
func settle(ctx context.Context, tx *gorm.DB, claimed message, delivered error) error {
	if delivered == nil {
		if err := tx.Exec("DELETE FROM outbox_messages WHERE id = ?", claimed.ID).Error; err != nil {
			return fmt.Errorf("delete message %d of the outbox: %w", claimed.ID, err)
		}
		return nil
	}
	pause := pauseAfter(claimed.Attempts + 1)
	const postpone = `UPDATE outbox_messages SET attempts = attempts + 1,
		next_attempt_at = clock_timestamp() + ? * interval '1 second' WHERE id = ?`
	if err := tx.Exec(postpone, pause.Seconds(), claimed.ID).Error; err != nil {
		return fmt.Errorf("postpone message %d of the outbox: %w", claimed.ID, err)
	}
	slog.WarnContext(ctx, "cannot deliver a message of the outbox", "message", claimed.ID,
		"attempt", claimed.Attempts+1, "again_in", pause.String(),
		"status", problem.From(delivered).Status, "code", failure.Of(delivered).Code)
	return nil
}

// pauseAfter returns a pause that doubles with each failure up to lastPause. Half of it is random, so that messages that
// failed together are not retried together.
func pauseAfter(failures int) time.Duration {
	pause := min(firstPause<<min(failures-1, 10), lastPause)
	return pause/2 + rand.N(pause/2)
}

func (o *Outbox[T]) wait(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-o.wake:
	}
}
