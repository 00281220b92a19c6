package outbox_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.opentelemetry.io/otel/trace"

	"example.com/kubernetes-networking/apps/internal/databasetest"
	"example.com/kubernetes-networking/apps/internal/outbox"
)

func TestADeliveryIsPartOfTheTraceOfItsRequest(t *testing.T) {
	db := databasetest.Open(t, migrations)
	delivered := make(chan trace.SpanContext, 1)
	box := outbox.New(db.DB, func(ctx context.Context, _ string) error {
		delivered <- trace.SpanContextFromContext(ctx)
		return nil
	})
	request := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled})
	ctx := trace.ContextWithSpanContext(databasetest.Context(t), request)
	if err := box.Add(db.WithContext(ctx), "hello"); err != nil {
		t.Fatal(err)
	}
	run(t, box)
	if got := <-delivered; got.TraceID() != request.TraceID() {
		t.Errorf("the delivery is in the trace %s, want %s", got.TraceID(), request.TraceID())
	}
}

func TestTheOutboxIsMeasured(t *testing.T) {
	db := databasetest.Open(t, migrations)
	to := newPeer()
	to.answer("hello", errors.New("not now"))
	box := outbox.New(db.DB, to.deliver)
	want := func(text string, names ...string) {
		t.Helper()
		if err := testutil.CollectAndCompare(box, strings.NewReader(text), names...); err != nil {
			t.Error(err)
		}
	}
	const header = `
		# HELP outbox_messages Messages that are not delivered yet. The replicas of a service share them: do not add up.
		# TYPE outbox_messages gauge
		`
	want(header+"outbox_messages 0\n", "outbox_messages")
	want(`
		# HELP outbox_oldest_message_age_seconds How long the oldest message has been waiting, 0 if there is none.
		# TYPE outbox_oldest_message_age_seconds gauge
		outbox_oldest_message_age_seconds 0
		`, "outbox_oldest_message_age_seconds")
	add(t, db, box, "hello")
	want(header+"outbox_messages 1\n", "outbox_messages")
	run(t, box)
	to.await(t, "hello")
	to.answer("hello", nil)
	awaitEmpty(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if got := testutil.CollectAndCount(box, "outbox_messages"); got != 0 {
		t.Errorf("got %d values without a database, want none", got)
	}
	if got := testutil.CollectAndCount(box, "outbox_deliveries_total"); got != 2 {
		t.Errorf("got %d kinds of deliveries without a database, want failed and acknowledged", got)
	}
}
