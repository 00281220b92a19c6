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
	// lockPeriod is the pause between attempts to get the lock.
	lockPeriod = 50 * time.Millisecond
	// lockLimit limits the wait for other replicas.
	lockLimit = 5 * time.Minute
)

// lockMigrations returns a session that holds PostgreSQL's advisory lock on the migrations until it is closed. It polls,
// because a statement that waits for the lock is an open transaction, and CREATE INDEX CONCURRENTLY in a migration would
// wait for its end.
//
// Goose has the same feature, but it polls every second, after it has read its table: of three replicas that start
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
	ctx, cancel := context.WithTimeoutCause(ctx, lockLimit, errors.New("another replica takes too long to migrate"))
	defer cancel()
	for {
		var locked bool
		// The id is goose's default, which earlier versions of the service use, too.
		err := session.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", lock.DefaultLockID).Scan(&locked)
		if err != nil {
			return fmt.Errorf("acquire the migration lock: %w", errors.Join(err, context.Cause(ctx)))
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
