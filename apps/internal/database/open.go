// Package database connects a service to its PostgreSQL server: the pool, gorm, migrations, and the translation of errors
// to problems. Start at Open and Prepare.
package database

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"example.com/kubernetes-networking/apps/contract"
	"example.com/kubernetes-networking/apps/internal/telemetry"
)

const (
	// connectTimeout limits opening one connection. It is half the deadline of a request: on a busy node, the handshake of
	// a new Pod's first connections took up to 4.1 s.
	connectTimeout = 5 * time.Second
	// statementTimeout is slightly above the deadline of a request, which cancels its queries itself. It ends the statements
	// of a process that died: PostgreSQL would otherwise finish them, and hold their locks.
	statementTimeout = 12 * time.Second
	// lockTimeout is below the deadline of a request, so that the answer names the cause.
	lockTimeout = 5 * time.Second
	// idleInTransactionTimeout ends the transactions of a machine that lost its network. It is above the longest idle time in
	// a transaction of ours, an outbox's delivery.
	idleInTransactionTimeout = 30 * time.Second
)

// Database is a connection pool with gorm on top of it.
type Database struct {
	*gorm.DB
	pool   *sql.DB
	config *pgx.ConnConfig
}

// Open returns a database. It does not connect, because the database may start later than the service, see Prepare.
func Open(config contract.Database[string]) (*Database, error) {
	parsed, err := pgx.ParseConfig(connectionString(config))
	if err != nil {
		return nil, fmt.Errorf("read the settings of the database at %s: %w", config.Host, err)
	}
	if err := trust(parsed, config); err != nil {
		return nil, err
	}
	parsed.ConnectTimeout = connectTimeout
	parsed.Tracer = telemetry.QueryTracer()
	maxConnections, err := strconv.Atoi(config.MaxConnections)
	if err != nil {
		return nil, fmt.Errorf("read the maximum connections to the database at %s: %w", config.Host, err)
	}
	limited := parsed.Copy()
	limited.RuntimeParams["statement_timeout"] = milliseconds(statementTimeout)
	limited.RuntimeParams["lock_timeout"] = milliseconds(lockTimeout)
	limited.RuntimeParams["idle_in_transaction_session_timeout"] = milliseconds(idleInTransactionTimeout)
	pool := stdlib.OpenDB(*limited, stdlib.OptionAfterConnect(useUTC))
	pool.SetMaxOpenConns(maxConnections)
	pool.SetMaxIdleConns(maxConnections)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	pool.SetConnMaxLifetime(30 * time.Minute)
	db, err := gorm.Open(dialector{&postgres.Dialector{Config: &postgres.Config{Conn: pool}}}, &gorm.Config{
		DisableAutomaticPing: true,
		TranslateError:       true,
		// List the columns instead of SELECT *: PostgreSQL refuses a prepared statement whose columns changed, which happens
		// when the next version's migration adds one.
		QueryFields: true,
		// A single statement is atomic; code with several opens a transaction itself.
		SkipDefaultTransaction: true,
		// Errors are returned, and logged once, where the request ends.
		Logger: logger.Discard,
		// PostgreSQL stores microseconds, and the answer to a POST must equal the answer to a later GET.
		NowFunc: func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) },
	})
	if err != nil {
		return nil, fmt.Errorf("open gorm: %w", err)
	}
	return &Database{DB: db, pool: pool, config: parsed}, nil
}

// Ready returns nil if the database responds.
func (d *Database) Ready(ctx context.Context) error {
	return d.pool.PingContext(ctx)
}

// Close closes all connections.
func (d *Database) Close() error {
	return d.pool.Close()
}

// connectionString returns PostgreSQL's keyword=value form, which allows any character in a value.
func connectionString(config contract.Database[string]) string {
	quote := func(value string) string {
		return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value) + "'"
	}
	return fmt.Sprintf("host=%s port=%s dbname=%s user=%s password=%s sslmode=%s", quote(config.Host), quote(config.Port),
		quote(config.Name), quote(config.User), quote(config.Password), quote(config.SSLMode))
}

func milliseconds(duration time.Duration) string {
	return strconv.FormatInt(duration.Milliseconds(), 10)
}

// useUTC makes pgx return times in UTC, as they are written, in whatever time zone the process runs.
func useUTC(_ context.Context, connection *pgx.Conn) error {
	connection.TypeMap().RegisterType(&pgtype.Type{
		Name:  "timestamptz",
		OID:   pgtype.TimestamptzOID,
		Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
	return nil
}
