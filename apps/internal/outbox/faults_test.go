package outbox_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"example.com/kubernetes-networking/apps/internal/databasetest"
	"example.com/kubernetes-networking/apps/internal/outbox"
)

func TestAWorkerThatIsStoppedMidwayLeavesTheMessageToAnother(t *testing.T) {
	db := databasetest.Open(t, migrations)
	arrived := make(chan struct{})
	slow := outbox.New(db.DB, func(ctx context.Context, _ string) error {
		close(arrived)
		<-ctx.Done()
		return ctx.Err()
	})
	stop := run(t, slow)
	add(t, db, slow, "hello")
	<-arrived
	begin := time.Now()
	stop()
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("the worker took %s to stop", took)
	}
	to := newPeer()
	run(t, outbox.New(db.DB, to.deliver))
	to.await(t, "hello")
	awaitEmpty(t, db)
}

// A worker that loses its connection after the delivery cannot acknowledge it, so the message is delivered again.
func TestAWorkerKilledBeforeTheAcknowledgementDeliversAgain(t *testing.T) {
	db := databasetest.Open(t, migrations)
	to := newPeer()
	box := outbox.New(db.DB, func(ctx context.Context, text string) error {
		err := to.deliver(ctx, text)
		if len(to.got) == 1 {
			const kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'"
			return errors.Join(err, db.WithContext(ctx).Exec(kill).Error)
		}
		return err
	})
	run(t, box)
	add(t, db, box, "hello")
	awaitEmpty(t, db)
	if want := []string{"hello", "hello"}; !slices.Equal(to.got, want) {
		t.Errorf("got the deliveries %v, want %v", to.got, want)
	}
}

func TestTheWorkerOutlivesItsDatabase(t *testing.T) {
	server := databasetest.Separate(t)
	db := databasetest.Connect(t, server.Config("postgres"))
	if err := db.Prepare(t.Context(), migrations); err != nil {
		t.Fatal(err)
	}
	to := newPeer()
	box := outbox.New(db.DB, to.deliver)
	add(t, db, box, "hello")
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	run(t, box)
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	to.await(t, "hello")
	awaitEmpty(t, db)
}
