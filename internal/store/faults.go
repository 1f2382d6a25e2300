package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// lostError is a connection that went away, or was never had.
type lostError struct{ err error }

func (e *lostError) Error() string { return e.err.Error() }
func (e *lostError) Unwrap() error { return e.err }

// passing tells whether a fault may be gone at the next try: the connection was
// lost, or Postgres said that the moment was wrong and not the request.
func transient(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return transientCode(pg.Code) || conflict(pg)
	}
	_, lost := errors.AsType[*lostError](err)
	return lost || errors.Is(err, errWarned)
}

// idleInTransaction is idle_in_transaction_session_timeout: this program was held
// up between two round trips, and the transaction is gone for certain.
const idleInTransaction = "25P03"

// passingCode knows the SQLSTATEs of a wrong moment.
func transientCode(code string) bool {
	switch code {
	case "40001", // serialization_failure
		"40P01", // deadlock_detected
		"55P03", // lock_not_available
		"53300", // too_many_connections
		"25006", // read_only_sql_transaction: a primary that has become a standby
		idleInTransaction:
		return true
	}
	// connection_exception; admin_shutdown, crash_shutdown, cannot_connect_now
	return strings.HasPrefix(code, "08") || strings.HasPrefix(code, "57P0")
}

// beaten tells whether somebody else was faster than a push: the same order
// was booked or placed, the number given to another, the last of the quota taken,
// the signature used.
// The next try sees it.
func conflict(pg *pgconn.PgError) bool {
	switch pg.ConstraintName {
	case "waybill_pkey", "order_has_one_waybill", "waybill_number_is_unique",
		"delivery_order_pkey", "delivery_number_is_unique", "bound_signature_pkey":
		return pg.Code == "23505" // unique_violation
	case "quota_not_below_zero":
		return pg.Code == "23514" // check_violation
	}
	return false
}

// lockedOut tells whether somebody else had something locked for too long.
func lockTimeout(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pg.Code == "55P03" // lock_not_available
}

// deadlocked tells whether Postgres ended one of several who waited for each other.
func deadlock(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pg.Code == "40P01" // deadlock_detected
}

// wrongServer tells whether the connection leads to a server that no longer
// takes writes, so that every other connection of the pool does too.
func wrongServer(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pg.Code == "25006"
}

// planError is a prepared statement that Postgres does not have as this program
// knows it: its tables were changed, or a pooler has put another session in the
// place of the one that it was prepared in.
type planError struct{ err error }

func (e *planError) Error() string {
	return e.err.Error() + " (behind a pooler in transaction mode set database.query_mode to cache_describe or exec)"
}

func (e *planError) Unwrap() error { return e.err }

func stalePlan(err error) bool {
	_, stale := errors.AsType[*planError](err)
	return stale
}

// planFault makes an error that says so a planError.
func planFault(err error) error {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return err
	}
	switch pg.Code {
	case "0A000", // feature_not_supported: a cached plan would give other columns
		"26000", // invalid_sql_statement_name
		"42P05": // duplicate_prepared_statement
		return &planError{err}
	}
	return err
}

// backoff waits between tries: from 10 ms, doubling to 200 ms, with jitter so
// that the servers of a fleet do not come back in step.
type backoff struct{ next time.Duration }

// wait reports false when ctx ends first.
func (b *backoff) wait(ctx context.Context) bool {
	b.next = min(max(2*b.next, 10*time.Millisecond), 200*time.Millisecond)
	t := time.NewTimer(b.next/2 + rand.N(b.next/2))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// answered tells whether an error is Postgres' own word.
func serverError(err error) bool {
	_, ok := errors.AsType[*pgconn.PgError](err)
	return ok
}
