package pg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

func TestTransientCodes(t *testing.T) {
	for code, want := range map[string]bool{
		"40001": true, "40P01": true, "55P03": true, "53300": true, "25006": true, "25P03": true, "25P04": true,
		"57P01": true, "57P02": true, "57P03": true, "08000": true, "08003": true, "08006": true,
		"57014": false, // statement_timeout: the same statement would be as slow again
		"23505": false, "23514": false, "28P01": false, "42P01": false, "3D000": false, "53100": false, "XX000": false,
	} {
		err := fmt.Errorf("wrapped: %w", &pgconn.PgError{Code: code})
		if got := Transient(err); got != want || transientCode(code) != want {
			t.Errorf("%s: %t, want %t", code, got, want)
		}
	}
	if Transient(io.EOF) || Transient(errors.New("a bug")) || Transient(context.Canceled) {
		t.Error("a fault of our own would be tried again")
	}
}

// Too short a time and what has run out pass; a fault of the statement does not.
func TestBusy(t *testing.T) {
	t.Parallel()
	full := NewSemaphore(1)
	full <- struct{}{}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err := full.Acquire(ctx)
	for _, tt := range []struct {
		err  error
		want bool
	}{
		{err, true}, {&pgconn.PgError{Code: "57014"}, true}, {&pgconn.PgError{Code: "53200"}, true},
		{&pgconn.PgError{Code: "42703"}, false}, {errors.New("a bug"), false}, {context.Canceled, false}, {nil, false},
	} {
		if got := Busy(tt.err); got != tt.want {
			t.Errorf("%v: %t", tt.err, got)
		}
	}
}

// A constraint that the pool's owner calls a conflict is one for the next try to see; a
// stale plan is of its own class, and neither changes what else is transient.
func TestClasses(t *testing.T) {
	t.Parallel()
	p := &Pool{conflict: func(e *pgconn.PgError) bool { return e.ConstraintName == "key" && e.Code == "23505" }}
	for _, tt := range []struct {
		err                                *pgconn.PgError
		transient, stale, locked, deadlock bool
	}{
		{err: &pgconn.PgError{Code: "23505", ConstraintName: "key"}, transient: true},
		{err: &pgconn.PgError{Code: "23505", ConstraintName: "other"}},
		{err: &pgconn.PgError{Code: "23514", ConstraintName: "key"}},
		{err: &pgconn.PgError{Code: "0A000"}, stale: true},
		{err: &pgconn.PgError{Code: "26000"}, stale: true},
		{err: &pgconn.PgError{Code: "42P05"}, stale: true},
		{err: &pgconn.PgError{Code: "55P03"}, transient: true, locked: true},
		{err: &pgconn.PgError{Code: "40P01"}, transient: true, deadlock: true},
	} {
		err := p.classify(fmt.Errorf("wrapped: %w", &LostError{tt.err}))
		if Transient(err) != tt.transient || StalePlan(err) != tt.stale || LockTimeout(err) != tt.locked || Deadlock(err) != tt.deadlock {
			t.Errorf("%s of %q: transient %t, stale %t, lock timeout %t, deadlock %t", tt.err.Code, tt.err.ConstraintName,
				Transient(err), StalePlan(err), LockTimeout(err), Deadlock(err))
		}
		if !ServerError(err) {
			t.Errorf("%s is no error of the server", tt.err.Code)
		}
	}
	if p.classify(nil) != nil || ServerError(io.EOF) {
		t.Error("what is no error of the server has a class")
	}
}
