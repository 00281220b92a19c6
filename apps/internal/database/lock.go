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
	// lockPeriod is how often a replica asks whether another one is done.
	lockPeriod = 50 * time.Millisecond
	// lockLimit is how long the others may take.
	lockLimit = 5 * time.Minute
)

// lockMigrations returns a session that holds PostgreSQL's advisory lock on the migrations, until the session ends. It
// asks again and again: a statement that waits for the lock inside of PostgreSQL is a transaction, and CREATE INDEX
// CONCURRENTLY in a migration would wait for its end.
//
// Goose can do the like, but asks every second, and looks into its table before it asks: of three replicas that start
// together, one or two would wait for whole seconds.
func lockMigrations(ctx context.Context, pool *sql.DB) (*sql.Conn, error) {
	session, err := pool.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect for the migration lock: %w", err)
	}
	if err := awaitLock(ctx, session); err != nil {
		return nil, errors.Join(err, session.Close())
	}
	return session, nil
}

func awaitLock(ctx context.Context, session *sql.Conn) error {
	ctx, cancel := context.WithTimeoutCause(ctx, lockLimit, errors.New("another replica migrates for too long"))
	defer cancel()
	for {
		var locked bool
		// The number is goose's: replicas of the versions before ask for that one.
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
