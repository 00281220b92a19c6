// Package database connects a service to the PostgreSQL server that is its own.
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
	// connectTimeout is for one connection.
	connectTimeout = 3 * time.Second
	// statementTimeout is a little above the deadline of a request, which ends its own queries. It is for the requests of
	// a process that died: PostgreSQL finishes what such a process asked for, and holds the locks meanwhile.
	statementTimeout = 12 * time.Second
	// lockTimeout is below the deadline of a request, so that the caller hears why it waited.
	lockTimeout = 5 * time.Second
	// idleInTransactionTimeout ends the transaction of a process whose machine is gone without a word. It is above the
	// longest that a transaction of ours waits for something else, which is an outbox's delivery.
	idleInTransactionTimeout = 30 * time.Second
)

// Database is a pool of connections and gorm on top of it.
type Database struct {
	*gorm.DB
	pool   *sql.DB
	config *pgx.ConnConfig
}

// Open makes the pool. It does not connect: the database may come later than the service, see Prepare.
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
		return nil, fmt.Errorf("read how many connections the database at %s may get: %w", config.Host, err)
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
		// SELECT * would answer with what the next version's migration adds, and PostgreSQL refuses statements that were
		// prepared before and answer with other columns now.
		QueryFields: true,
		// One statement is atomic by itself; what takes more of them asks for its transaction.
		SkipDefaultTransaction: true,
		// Errors are returned, and logged once, where the request ends.
		Logger: logger.Discard,
		// What is answered to a POST has to be what a GET reads later, and PostgreSQL keeps microseconds.
		NowFunc: func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) },
	})
	if err != nil {
		return nil, fmt.Errorf("start gorm: %w", err)
	}
	return &Database{DB: db, pool: pool, config: parsed}, nil
}

// Ready returns nil if the database answers.
func (d *Database) Ready(ctx context.Context) error {
	return d.pool.PingContext(ctx)
}

// Close closes all connections.
func (d *Database) Close() error {
	return d.pool.Close()
}

// connectionString is in PostgreSQL's keyword=value form, which takes any character in any value.
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

// useUTC makes times that are read UTC, like those that are written, wherever the process runs.
func useUTC(_ context.Context, connection *pgx.Conn) error {
	connection.TypeMap().RegisterType(&pgtype.Type{
		Name:  "timestamptz",
		OID:   pgtype.TimestamptzOID,
		Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
	return nil
}
