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

// dialector is gorm's for PostgreSQL, with more of its errors translated.
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

// Translate implements gorm.ErrorTranslator. What the caller of a service may try again is a 503, unless it is the
// caller who hung up, which looks like a connection that broke. A constraint that is not kept is one of gorm's errors: duplicates and missing references are for the handler to expect, but a check that
// fails is a mistake of ours, because requests are held against the same rules before. So it stays a 500, and the log
// names the constraint.
func (d dialector) Translate(err error) error {
	var refused *pgconn.PgError
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case contended(err):
		return problem.New(http.StatusServiceUnavailable, "Somebody else is changing this now. Try again.").Because(err)
	case away(err):
		return problem.New(http.StatusServiceUnavailable, "The database is not available. Try again later.").Because(err)
	case errors.As(err, &refused) && refused.Code == checkViolation:
		return fmt.Errorf("%w: %s", gorm.ErrCheckConstraintViolated, refused.ConstraintName)
	default:
		return d.Dialector.Translate(err)
	}
}

// contended reports whether err is about what others do at the same time.
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

// away reports whether err is about the connection or the server, and not about the query. A deadline is not: it is the
// request's.
func away(err error) bool {
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
