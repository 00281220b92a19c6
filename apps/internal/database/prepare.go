package database

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

const (
	// The pauses between two attempts to reach the database. The last one is short, because at the start of the whole
	// demo the services wait for nothing else, and an attempt costs next to nothing.
	firstPause, lastPause = 100 * time.Millisecond, 500 * time.Millisecond
	// usualStart is how long a database may take to start. At the start of the whole demo all services wait for theirs,
	// which is nothing to warn of.
	usualStart = 30 * time.Second
	// migrationConnections come on top of the replica's own: one holds the lock, one migrates.
	migrationConnections = 2
)

// Prepare waits until the database answers, however long that takes, then brings its tables up to date with the SQL
// files in migrations. Replicas that start together do that one after another.
//
// Each file is one transaction: it is done, or nothing of it is. During a rolling update replicas of the version before
// go on with the new tables, so files only add, and what they add has to be optional for the statements of that version.
// Statements name the columns that they read, also in RETURNING: one that was prepared on a connection with * would fail
// there once when a column is added.
func (d *Database) Prepare(ctx context.Context, migrations fs.FS) error {
	if err := await(ctx, d.ping); err != nil {
		return err
	}
	return d.migrate(ctx, migrations)
}

func await(ctx context.Context, ping func(context.Context) error) error {
	warn := time.Now().Add(usualStart)
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := ping(ctx)
		if err == nil {
			return nil
		}
		level := slog.LevelDebug
		if now := time.Now(); now.After(warn) {
			level, warn = slog.LevelWarn, now.Add(usualStart)
		}
		slog.Log(ctx, level, "the database does not answer yet", "again_in", pause.String(), "error", err)
		select {
		case <-ctx.Done():
			return fmt.Errorf("stopped while waiting for the database: %w", errors.Join(ctx.Err(), err))
		case <-time.After(pause):
		}
	}
}

func (d *Database) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	return d.pool.PingContext(ctx)
}

// migrate holds a PostgreSQL advisory lock for the session, which PostgreSQL itself releases if this process dies. It
// has connections of its own: a migration may take longer than a request's query. It may not wait for a lock longer,
// because those who come after it would wait too, so it fails then, and is tried again when Kubernetes restarts the Pod.
func (d *Database) migrate(ctx context.Context, migrations fs.FS) error {
	config := d.config.Copy()
	config.RuntimeParams["lock_timeout"] = milliseconds(lockTimeout)
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(migrationConnections)
	defer pool.Close()
	session, err := lockMigrations(ctx, pool)
	if err != nil {
		return err
	}
	defer session.Close()
	provider, err := goose.NewProvider(goose.DialectPostgres, pool, migrations, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	results, err := provider.Up(ctx)
	var partial *goose.PartialError
	switch {
	case errors.As(err, &partial):
		return fmt.Errorf("migrate the database with %s: %w", partial.Failed.Source.Path, err)
	case err != nil:
		return fmt.Errorf("migrate the database: %w", err)
	}
	slog.InfoContext(ctx, "the database is up to date", "migrations", len(results))
	return nil
}

// Migrations returns the folder migrations of a service's embedded files.
func Migrations(files embed.FS) fs.FS {
	folder, err := fs.Sub(files, "migrations")
	if err != nil {
		panic(err) // only a malformed path makes this fail, and the path is the constant above
	}
	return folder
}
