package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"

	"example.com/kubernetes-networking/apps/internal/problem"
)

// dialector is gorm's dialector for PostgreSQL with more translated errors.
type dialector struct {
	*postgres.Dialector
}

// SQLSTATEs, PostgreSQL's documentation appendix A.
const (
	checkViolation       = "23514"
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	lockNotAvailable     = "55P03"
	idleInTransaction    = "25P03"
)

// Translate implements gorm.ErrorTranslator. Errors that a retry may fix become a 503, except if the caller hung up, which
// looks like a broken connection. Violated constraints become gorm's errors. Handlers expect duplicates and missing
// references. A violated check is a bug, because the request was validated against the same rules: it stays a 500, and the
// log has the name of the constraint.
func (d dialector) Translate(err error) error {
	var refused *pgconn.PgError
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case contended(err):
		return problem.New(http.StatusServiceUnavailable, "Another request is changing the same data. Try again.").Because(err)
	case unavailable(err):
		return problem.New(http.StatusServiceUnavailable, "The database is not available. Try again later.").Because(err)
	case errors.As(err, &refused) && refused.Code == checkViolation:
		return fmt.Errorf("%w: %s", gorm.ErrCheckConstraintViolated, refused.ConstraintName)
	default:
		return d.Dialector.Translate(err)
	}
}

// contended reports whether err is a conflict with a concurrent transaction.
func contended(err error) bool {
	var refused *pgconn.PgError
	if !errors.As(err, &refused) {
		return false
	}
	switch refused.Code {
	case serializationFailure, deadlockDetected, lockNotAvailable:
		return true
	default:
		return false
	}
}

// unavailable reports whether err concerns the connection or the server, not the query. A deadline does not count: it is
// the request's.
func unavailable(err error) bool {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		if refused.Code == idleInTransaction {
			return true
		}
		switch refused.Code[:min(2, len(refused.Code))] {
		case "08", "53", "57": // connection exception, insufficient resources, operator intervention
			return true
		}
		return false
	}
	var unreached *pgconn.ConnectError
	var broken *net.OpError
	if errors.As(err, &unreached) || errors.As(err, &broken) {
		return true
	}
	for _, lost := range []error{driver.ErrBadConn, sql.ErrConnDone, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed} {
		if errors.Is(err, lost) {
			return true
		}
	}
	return false
}
