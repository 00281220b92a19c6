package outbox_test

import (
	"context"
	"testing"

	"example.com/kubernetes-networking/apps/internal/databasetest"
	"example.com/kubernetes-networking/apps/internal/outbox"
)

// The first delivery of one replica lasts until another replica has delivered the second message.
func TestAReplicaDoesNotWaitForTheMessageOfAnother(t *testing.T) {
	db := databasetest.Open(t, migrations)
	arrived, release := make(chan string), make(chan struct{})
	slow := outbox.New(db.DB, func(_ context.Context, text string) error {
		arrived <- text
		<-release
		return nil
	})
	add(t, db, slow, "first", "second")
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- slow.Run(ctx) }()
	if got := <-arrived; got != "first" {
		t.Errorf("the slow replica took %s, want the first", got)
	}
	to := newPeer()
	run(t, outbox.New(db.DB, to.deliver))
	if got := <-to.arrived; got != "second" {
		t.Errorf("the other replica waited and delivered %s, want the second", got)
	}
	stop()
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
}
