package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/pressly/goose/v3/lock"
)

const (
	// lockPeriod is how often a replica asks whether another one is done. Goose's own lock asks every second or more
	// seldom, which the last of three replicas that start together would wait for twice.
	lockPeriod = 50 * time.Millisecond
	// lockLimit is how long the others may take.
	lockLimit = 5 * time.Minute
)

// migrationLock is a PostgreSQL advisory lock of the session. It is asked for again and again: a statement that waits
// for it inside of PostgreSQL is a transaction, and CREATE INDEX CONCURRENTLY in a migration would wait for its end.
type migrationLock struct{}

// SessionLock returns when this session has the lock.
func (migrationLock) SessionLock(ctx context.Context, session *sql.Conn) error {
	ctx, cancel := context.WithTimeoutCause(ctx, lockLimit, errors.New("another replica migrates for too long"))
	defer cancel()
	for {
		var locked bool
		// The number is goose's, because replicas of the version before ask for that one.
		err := session.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", lock.DefaultLockID).Scan(&locked)
		if err != nil {
			return fmt.Errorf("ask for the migration lock: %w", errors.Join(err, context.Cause(ctx)))
		}
		if locked {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("stopped while waiting for another replica's migrations: %w", context.Cause(ctx))
		case <-time.After(lockPeriod):
		}
	}
}

// SessionUnlock gives the lock back; the end of the session would, too.
func (migrationLock) SessionUnlock(ctx context.Context, session *sql.Conn) error {
	if _, err := session.ExecContext(ctx, "SELECT pg_advisory_unlock($1)", lock.DefaultLockID); err != nil {
		return fmt.Errorf("give the migration lock back: %w", err)
	}
	return nil
}
