package pg

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// LostError is a connection that went away, or was never had.
type LostError struct{ Err error }

func (e *LostError) Error() string { return e.Err.Error() }
func (e *LostError) Unwrap() error { return e.Err }

// Transient tells whether the next try may succeed: the connection was lost, another
// transaction was in the way, or Postgres is not ready. What stale plans need is a new
// connection, and they are not transient.
func Transient(err error) bool {
	if _, ok := errors.AsType[*conflictError](err); ok {
		return true
	}
	if server, ok := errors.AsType[*pgconn.PgError](err); ok {
		return transientCode(server.Code)
	}
	_, lost := errors.AsType[*LostError](err)
	return lost || errors.Is(err, errWarned)
}

// Busy reports whether the time was too short, or something of the server's ran out: the
// same may succeed when less is going on. A batch has no more time then, and fails.
func Busy(err error) bool {
	if server, ok := errors.AsType[*pgconn.PgError](err); ok {
		return server.Code == "57014" || strings.HasPrefix(server.Code, "53") // query_canceled; insufficient_resources
	}
	return errors.Is(err, context.DeadlineExceeded)
}

// idleInTransaction is idle_in_transaction_session_timeout: this program stopped
// between two round trips, and the transaction is certainly gone.
const idleInTransaction = "25P03"

// transientCode knows the SQLSTATEs after which the same may succeed.
func transientCode(code string) bool {
	switch code {
	case "40001", // serialization_failure
		"40P01", // deadlock_detected
		"55P03", // lock_not_available
		"53300", // too_many_connections
		"25006", // read_only_sql_transaction: a primary that has become a standby
		"25P04", // transaction_timeout, of Postgres 17 and newer: the wait for a lock may have been long
		idleInTransaction:
		return true
	}
	// connection_exception; admin_shutdown, crash_shutdown, cannot_connect_now
	return strings.HasPrefix(code, "08") || strings.HasPrefix(code, "57P0")
}

// conflictError is a constraint that another transaction has satisfied first. The next
// try sees what that one has done.
type conflictError struct{ err error }

func (e *conflictError) Error() string { return e.err.Error() }
func (e *conflictError) Unwrap() error { return e.err }

// LockTimeout tells whether another transaction had something locked for too long.
func LockTimeout(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pg.Code == "55P03" // lock_not_available
}

// Deadlock tells whether Postgres ended one of several transactions that waited for
// each other.
func Deadlock(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pg.Code == "40P01" // deadlock_detected
}

// wrongServer tells whether the connection leads to a server that no longer takes
// writes. Then the other connections of the pool do too.
func wrongServer(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pg.Code == "25006"
}

// StalePlanError is a prepared statement that Postgres does not have as this program
// knows it: its tables were changed, or a pooler has switched to another session than
// the one that it was prepared in.
type StalePlanError struct{ Err error }

func (e *StalePlanError) Error() string {
	return e.Err.Error() + " (behind a pooler in transaction mode set database.query_mode to cache_describe or exec)"
}

func (e *StalePlanError) Unwrap() error { return e.Err }

// StalePlan tells whether a prepared statement has to be prepared again.
func StalePlan(err error) bool {
	_, stale := errors.AsType[*StalePlanError](err)
	return stale
}

// classify marks the errors of Postgres that mean more than their code: a stale plan,
// and a conflict with another transaction; and says of a right that is missing how it is
// given.
func (p *Pool) classify(err error) error {
	server, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return err
	}
	switch server.Code {
	case "0A000", // feature_not_supported: a cached plan would give other columns
		"26000", // invalid_sql_statement_name
		"42P05": // duplicate_prepared_statement
		return &StalePlanError{err}
	}
	if p.conflict != nil && p.conflict(server) {
		return &conflictError{err}
	}
	return p.ExplainDenied(err)
}

// ServerError tells whether Postgres itself reported the error.
func ServerError(err error) bool {
	_, ok := errors.AsType[*pgconn.PgError](err)
	return ok
}
