package store_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"carrierhook/internal/localpg"
	"carrierhook/internal/store"
	"carrierhook/internal/store/storetest"

	"github.com/jackc/pgx/v5"
)

func (d desk) wantPing(t *testing.T, what string, fine bool) {
	t.Helper()
	if err := d.Ping(t.Context()); (err == nil) != fine {
		t.Errorf("%s: %v", what, err)
	}
}

// Asking after the database costs one connection, however often it is asked, and none
// of the pushes'.
func TestPingConnectsOnce(t *testing.T) {
	t.Parallel()
	var p proxy
	d := newDesk(t, func(o store.Options) store.Options { return store.WithDial(o, p.dial) })
	for range 20 {
		d.wantPing(t, "an idle pool", true)
	}
	if got := p.dials.Load(); got != 1 {
		t.Errorf("connected %d times", got)
	}
	release, err := d.TakeConns(t.Context(), options("").MaxConns)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	before := p.dials.Load()
	d.wantPing(t, "a busy pool", true)
	if p.dials.Load() != before {
		t.Error("a busy pool made it connect")
	}
}

// A database that is turned read-only for sessions to come is not fine, though those
// that are there can write still; a role's own setting wins.
func TestPingReadOnlyDatabase(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	cfg, err := pgx.ParseConfig(d.url)
	if err != nil {
		t.Fatal(err)
	}
	cfg.RuntimeParams["default_transaction_read_only"] = "off"
	admin, err := pgx.ConnectConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(context.Background())
	alter := func(what, how string) {
		t.Helper()
		sql := fmt.Sprintf(`DO $$ BEGIN EXECUTE format('%s', current_database()); END $$`, how)
		if _, err := admin.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	d.wantPing(t, "at first", true)
	alter("on", `ALTER DATABASE %I SET default_transaction_read_only = on`)
	d.wantPing(t, "read-only", false)
	d.wantPing(t, "read-only still, with a new connection", false)
	alter("role", `ALTER ROLE CURRENT_USER IN DATABASE %I SET default_transaction_read_only = off`)
	d.wantPing(t, "the role may write", true)
	alter("role back", `ALTER ROLE CURRENT_USER IN DATABASE %I RESET default_transaction_read_only`)
	d.wantPing(t, "the role is as the database", false)
	alter("off", `ALTER DATABASE %I RESET default_transaction_read_only`)
	d.wantPing(t, "at last", true)
}

// A server that is read-only, that is down, and that is a standby is not fine, and
// what it becomes after that is seen.
func TestPingServer(t *testing.T) {
	t.Parallel()
	pg := storetest.NewServer(t)
	d := desk{url: pg.URL(localpg.Database)}
	var err error
	if d.Store, err = store.Open(t.Context(), options(d.url)); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	admin, err := pgx.Connect(t.Context(), pg.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(context.Background())
	d.wantPing(t, "without a schema", true)
	for _, sql := range []string{`ALTER SYSTEM SET default_transaction_read_only = on`, `SELECT pg_reload_conf()`} {
		if _, err := admin.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "the server is read-only", func() bool { return d.Ping(t.Context()) != nil })
	for _, sql := range []string{`ALTER SYSTEM RESET default_transaction_read_only`, `SELECT pg_reload_conf()`} {
		if _, err := admin.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "it takes writes again", func() bool { return d.Ping(t.Context()) == nil })
	if err := pg.Kill(); err != nil {
		t.Fatal(err)
	}
	d.wantPing(t, "down", false)
	data, _ := filepath.Glob(filepath.Join(pg.Dir(), "pg*"))
	if len(data) != 1 {
		t.Fatalf("no data in %q", data)
	}
	if err := os.WriteFile(filepath.Join(data[0], "standby.signal"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	ready := make(chan error, 1)
	go func() { ready <- pg.Restart(context.Background()) }() // which is when it takes writes
	standby := func(sql string) (answer string, err error) {
		conn, err := pgx.Connect(t.Context(), d.url)
		if err != nil {
			return "", err
		}
		defer conn.Close(context.Background())
		return answer, conn.QueryRow(t.Context(), sql).Scan(&answer)
	}
	until(t, "it is a standby", func() bool {
		answer, err := standby(`SELECT pg_is_in_recovery()::text`)
		return err == nil && answer == "true"
	})
	d.wantPing(t, "a standby", false)
	if _, err := standby(`SELECT pg_promote()::text`); err != nil {
		t.Error(err)
	}
	if err := <-ready; err != nil {
		t.Fatal(err)
	}
	d.wantPing(t, "a primary again", true)
}

// Far away connecting takes longer than an answer may: it goes on until it is done.
func TestPingFarAway(t *testing.T) {
	t.Parallel()
	var p proxy
	p.delay.Store(int64(300 * time.Millisecond)) // there and back three times, at the least
	d := newDesk(t, func(o store.Options) store.Options { return store.WithDial(o, p.dial) })
	d.wantPing(t, "not connected yet", false)
	until(t, "it is connected", func() bool { return d.Ping(t.Context()) == nil })
	if got := p.dials.Load(); got != 1 {
		t.Errorf("connected %d times", got)
	}
}

// Who closes the store waits for nobody who connects.
func TestPingClosed(t *testing.T) {
	t.Parallel()
	ended := make(chan bool)
	s, err := store.Open(t.Context(), store.WithDial(options("postgres://nobody@127.0.0.1/none?sslmode=disable"), func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		close(ended)
		return nil, ctx.Err()
	}))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	s.Close()
	<-ended
	if err := s.Ping(t.Context()); err == nil {
		t.Error("a closed store is asked")
	}
}
