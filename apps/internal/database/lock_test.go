package database_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/pressly/goose/v3/lock"

	"example.com/kubernetes-networking/apps/internal/database"
	"example.com/kubernetes-networking/apps/internal/databasetest"
)

// The test holds the lock like another replica that migrates.
func TestAReplicaWaitsForAnothersMigrations(t *testing.T) {
	config := databasetest.New(t)
	replica, another := databasetest.Connect(t, config), databasetest.Connect(t, config)
	session := another.WithContext(databasetest.Context(t)).Begin() // a transaction stays in one session
	if err := session.Exec("SELECT pg_advisory_lock(?)", lock.DefaultLockID).Error; err != nil {
		t.Fatal(err)
	}
	prepare := func(ctx context.Context) chan error {
		ended := make(chan error)
		go func() { ended <- replica.Prepare(ctx, notes()) }()
		awaitAttempt(t, another)
		return ended
	}

	ctx, stop := context.WithCancelCause(t.Context())
	stopped := prepare(ctx)
	errStop := errors.New("the Pod is stopped")
	stop(errStop)
	if err := <-stopped; !errors.Is(err, errStop) || !strings.Contains(err.Error(), "migrat") {
		t.Errorf("a replica that is stopped while it waits returns %v", err)
	}

	goesOn := prepare(t.Context())
	if got := count(t, another, "pg_tables", "tablename = 'notes'"); got != 0 {
		t.Error("it migrated without the lock")
	}
	if err := session.Exec("SELECT pg_advisory_unlock(?)", lock.DefaultLockID).Error; err != nil {
		t.Fatal(err)
	}
	if err := <-goesOn; err != nil {
		t.Errorf("it does not go on when the other is done: %v", err)
	}
	session.Rollback()
	awaitNone(t, another, "pg_locks", "locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")
}

// awaitAttempt blocks until a session has tried to get the lock.
func awaitAttempt(t *testing.T, db *database.Database) {
	t.Helper()
	waiting := "datname = current_database() AND state = 'idle' AND query LIKE 'SELECT pg_try_advisory_lock%'"
	awaitNone(t, db, "(SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_stat_activity WHERE "+waiting+")) AS none", "true")
}
