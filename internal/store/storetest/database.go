package storetest

import (
	"context"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Database is a test's own way into a database, beside what is tested.
type Database struct {
	URL string
	DB  *pgxpool.Pool
}

// NewDatabase is a fresh database with the whole schema.
func NewDatabase(tb testing.TB) Database {
	tb.Helper()
	return OpenDatabase(tb, URL(tb))
}

// OpenDatabase is a database that the test has already.
func OpenDatabase(tb testing.TB, url string) Database {
	tb.Helper()
	db, err := pgxpool.New(context.Background(), url)
	Must(tb, err)
	tb.Cleanup(db.Close)
	return Database{url, db}
}

// Exec runs a statement.
func (d Database) Exec(tb testing.TB, sql string, args ...any) {
	tb.Helper()
	if _, err := d.DB.Exec(context.Background(), sql, args...); err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
}

// Int is the number that a query returns.
func (d Database) Int(tb testing.TB, sql string, args ...any) (n int) {
	tb.Helper()
	if err := d.DB.QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
	return n
}

// WantInt expects that a query returns a number.
func (d Database) WantInt(tb testing.TB, want int, sql string, args ...any) {
	tb.Helper()
	if got := d.Int(tb, sql, args...); got != want {
		tb.Errorf("%s: got %d, want %d", sql, got, want)
	}
}

// Text is the one text that a query returns.
func (d Database) Text(tb testing.TB, sql string, args ...any) string {
	tb.Helper()
	all := d.Texts(tb, sql, args...)
	if len(all) != 1 {
		tb.Fatalf("%s: %d rows", sql, len(all))
	}
	return all[0]
}

// Texts are the rows of a query, of one text each.
func (d Database) Texts(tb testing.TB, sql string, args ...any) []string {
	tb.Helper()
	rows, _ := d.DB.Query(context.Background(), sql, args...)
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
	return all
}

// Lock runs a statement that locks something, and keeps it locked until release.
func (d Database) Lock(t *testing.T, sql string) (release func()) {
	t.Helper()
	tx, err := d.DB.Begin(t.Context())
	Must(t, err)
	release = sync.OnceFunc(func() { _ = tx.Rollback(context.Background()) })
	t.Cleanup(release)
	if _, err := tx.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
	return release
}

// LockWaits counts the sessions that wait for a lock.
const LockWaits = `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`

// Deadlocks counts those that there have been.
const Deadlocks = `SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`

// WaitFor waits until a count is not 0.
func (d Database) WaitFor(t *testing.T, sql string) {
	t.Helper()
	Until(t, sql, func() bool { return d.Int(t, sql) > 0 })
}
