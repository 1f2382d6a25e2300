package store_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"carrierhook/internal/localpg"
	"carrierhook/internal/store"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5/pgconn"
)

func TestPassingCodes(t *testing.T) {
	for code, want := range map[string]bool{
		"40001": true, "40P01": true, "55P03": true, "53300": true, "25006": true,
		"57P01": true, "57P02": true, "57P03": true, "08000": true, "08003": true, "08006": true,
		"57014": false, // statement_timeout: the same statement would be as slow again
		"23505": false, "23514": false, "28P01": false, "42P01": false, "3D000": false, "53100": false, "XX000": false,
	} {
		err := fmt.Errorf("wrapped: %w", &pgconn.PgError{Code: code})
		if got := store.Passing(err); got != want || store.PassingCode(code) != want {
			t.Errorf("%s: %t, want %t", code, got, want)
		}
	}
	if store.Passing(io.EOF) || store.Passing(errors.New("a bug")) || store.Passing(context.Canceled) {
		t.Error("a fault of our own would be tried again")
	}
}

// Postgres restarts and crashes under a stream of cancels. Each push is decided
// in time, and what was decided is what the table says.
func TestCancelAcrossRestart(t *testing.T) {
	t.Parallel()
	pg := storetest.NewServer(t)
	url := pg.URL(localpg.Database)
	if err := store.Migrate(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	d := openDesk(t, options(url))
	const waybills = 60
	ids := make([]string, waybills)
	for i := range ids {
		ids[i] = fmt.Sprintf("W%03d", i)
	}
	d.book(t, ids...)
	restarted := make(chan error, 1)
	go func() {
		time.Sleep(100 * time.Millisecond)
		err := pg.Restart(context.Background())
		time.Sleep(100 * time.Millisecond)
		restarted <- errors.Join(err, pg.Kill(), pg.Restart(context.Background()))
	}()
	for i, id := range ids {
		// Twice as long as a push has: the machine is busy with tests.
		ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
		got, err := d.Cancel(ctx, ask(i, id))
		stop()
		if err != nil || got != (waybill.Decision{Reason: waybill.Accepted}) {
			t.Errorf("%s: %+v, %v", id, got, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := <-restarted; err != nil {
		t.Fatal(err)
	}
	d.db.Reset()
	if n := d.number(t, `SELECT count(*) FROM waybill WHERE status = 'cancelled'`); n != waybills {
		t.Errorf("%d of %d waybills are cancelled", n, waybills)
	}
}

// A server that has become a standby takes no writes; the push waits for one
// that does.
func TestCancelReadOnly(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.book(t, "W")
	var name string
	if err := d.db.QueryRow(t.Context(), "SELECT current_database()").Scan(&name); err != nil {
		t.Fatal(err)
	}
	set := func(on string) {
		d.exec(t, "ALTER DATABASE "+name+" SET default_transaction_read_only = "+on)
	}
	set("on")
	failover := time.AfterFunc(300*time.Millisecond, func() {
		conn, err := d.db.Acquire(context.Background())
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Release()
		if _, err := conn.Exec(context.Background(), "ALTER DATABASE "+name+" SET default_transaction_read_only = off"); err != nil {
			t.Error(err)
		}
	})
	defer failover.Stop()
	d.want(t, ask(1, "W"), waybill.Accepted, false)
}

// Errors name no secret, not even the one in the URL.
func TestOpenErrors(t *testing.T) {
	o := options("postgres://u:hunter2@host:port/x")
	_, err := store.Open(t.Context(), o)
	if err == nil || contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
	if err := store.Migrate(t.Context(), o.URL); err == nil || contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
	o.URL, o.QueryMode = "postgres://localhost/x", "fast"
	if _, err := store.Open(t.Context(), o); err == nil {
		t.Error("an unknown query mode was taken")
	}
}
