package database

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

const (
	// firstPause doubles up to lastPause. lastPause is short, because at the start of the demo the services wait for nothing
	// else, and an attempt is cheap.
	firstPause, lastPause = 100 * time.Millisecond, 500 * time.Millisecond
	// usualStart is how long a database may take to start before a warning is logged. At the start of the demo, all services
	// wait for their databases.
	usualStart = 30 * time.Second
	// migrationConnections are additional to the pool: one holds the lock, one migrates.
	migrationConnections = 2
	// firstConnections are open before the service is ready. While a rolling update starts many processes, PostgreSQL may
	// take seconds to open a connection, and a request would have to wait for it.
	firstConnections = 4
)

// Prepare blocks until the database responds, without a time limit, and then applies the SQL files in migrations. Replicas
// that start together apply them one after another. Finally, it opens the connections of the first requests.
//
// Each file is one transaction. During a rolling update, replicas of the previous version use the new tables. So files
// only add to the schema, and the statements of the previous version must work without the additions. Statements list the
// columns that they read, also in RETURNING, because a prepared statement with * fails once after a column is added.
func (d *Database) Prepare(ctx context.Context, migrations fs.FS) error {
	if err := await(ctx, d.ping); err != nil {
		return err
	}
	if err := d.migrate(ctx, migrations); err != nil {
		return err
	}
	d.connect(ctx)
	return nil
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
		slog.Log(ctx, level, "the database does not respond yet", "again_in", pause.String(), "error", err)
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

// connect opens the first connections of the pool, at the same time. It holds each until all are open, because the pool
// would otherwise hand out the same one again. If the server refuses some, the service starts with fewer.
func (d *Database) connect(ctx context.Context) {
	var all sync.WaitGroup
	connections := make([]*sql.Conn, min(firstConnections, d.pool.Stats().MaxOpenConnections))
	for i := range connections {
		all.Go(func() {
			var err error
			if connections[i], err = d.pool.Conn(ctx); err != nil {
				slog.WarnContext(ctx, "cannot open a connection for the first requests", "error", err)
			}
		})
	}
	all.Wait()
	for _, connection := range connections {
		if connection != nil {
			connection.Close() // returns it to the pool
		}
	}
}

// migrate holds a PostgreSQL advisory lock for its session, which PostgreSQL releases if the process dies. It uses separate
// connections, because a migration may take longer than a request's query. It has the same lock timeout, because later
// statements queue behind it: it fails instead, and runs again when Kubernetes restarts the Pod.
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

// Migrations returns the folder migrations of embedded files.
func Migrations(files embed.FS) fs.FS {
	folder, err := fs.Sub(files, "migrations")
	if err != nil {
		panic(err) // fails only for an invalid path, and the path is constant
	}
	return folder
}
