package pg_test

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
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/storetest"

	"github.com/jackc/pgx/v5"
)

func wantPing(t *testing.T, p *pg.Pool, what string, fine bool) {
	t.Helper()
	if err := p.Ping(t.Context()); (err == nil) != fine {
		t.Errorf("%s: %v", what, err)
	}
}

// Asking after the database costs one connection, however often it is asked, and none
// of the pushes'.
func TestPingConnectsOnce(t *testing.T) {
	t.Parallel()
	var n storetest.Proxy
	const conns = 4
	p := open(t, pg.Options{URL: storetest.EmptyURL(t), MaxConns: conns, Dial: n.Dial})
	for range 20 {
		wantPing(t, p, "an idle pool", true)
	}
	if got := n.Dials.Load(); got != 1 {
		t.Errorf("connected %d times", got)
	}
	for range conns {
		conn, err := p.Acquire(t.Context())
		storetest.Must(t, err)
		defer conn.Release()
	}
	before := n.Dials.Load()
	wantPing(t, p, "a busy pool", true)
	if n.Dials.Load() != before {
		t.Error("a busy pool made it connect")
	}
}

// A database that is turned read-only for sessions to come is not fine, though those
// that are there can write still; a role's own setting wins.
func TestPingReadOnlyDatabase(t *testing.T) {
	t.Parallel()
	url := storetest.EmptyURL(t)
	p := open(t, pg.Options{URL: url, MaxConns: 1})
	cfg, err := pgx.ParseConfig(url)
	storetest.Must(t, err)
	cfg.RuntimeParams["default_transaction_read_only"] = "off"
	admin, err := pgx.ConnectConfig(t.Context(), cfg)
	storetest.Must(t, err)
	defer admin.Close(context.Background())
	alter := func(what, how string) {
		t.Helper()
		sql := fmt.Sprintf(`DO $$ BEGIN EXECUTE format('%s', current_database()); END $$`, how)
		if _, err := admin.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	wantPing(t, p, "at first", true)
	alter("on", `ALTER DATABASE %I SET default_transaction_read_only = on`)
	wantPing(t, p, "read-only", false)
	wantPing(t, p, "read-only still, with a new connection", false)
	alter("role", `ALTER ROLE CURRENT_USER IN DATABASE %I SET default_transaction_read_only = off`)
	wantPing(t, p, "the role may write", true)
	alter("role back", `ALTER ROLE CURRENT_USER IN DATABASE %I RESET default_transaction_read_only`)
	wantPing(t, p, "the role is as the database", false)
	alter("off", `ALTER DATABASE %I RESET default_transaction_read_only`)
	wantPing(t, p, "at last", true)
}

// A server that is read-only, that is down, and that is a standby is not fine, and
// what it becomes after that is seen.
func TestPingServer(t *testing.T) {
	t.Parallel()
	server := storetest.NewServer(t)
	url := server.URL(localpg.Database)
	p := open(t, pg.Options{URL: url, MaxConns: 1})
	admin, err := pgx.Connect(t.Context(), server.URL("postgres"))
	storetest.Must(t, err)
	defer admin.Close(context.Background())
	wantPing(t, p, "at first", true)
	for _, sql := range []string{`ALTER SYSTEM SET default_transaction_read_only = on`, `SELECT pg_reload_conf()`} {
		if _, err := admin.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "the server is read-only", func() bool { return p.Ping(t.Context()) != nil })
	for _, sql := range []string{`ALTER SYSTEM RESET default_transaction_read_only`, `SELECT pg_reload_conf()`} {
		if _, err := admin.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "it takes writes again", func() bool { return p.Ping(t.Context()) == nil })
	storetest.Must(t, server.Kill())
	wantPing(t, p, "down", false)
	data, _ := filepath.Glob(filepath.Join(server.Dir(), "pg*"))
	if len(data) != 1 {
		t.Fatalf("no data in %q", data)
	}
	storetest.Must(t, os.WriteFile(filepath.Join(data[0], "standby.signal"), nil, 0o644))
	ready := make(chan error, 1)
	go func() { ready <- server.Restart(context.Background()) }() // which is when it takes writes
	standby := func(sql string) (answer string, err error) {
		conn, err := pgx.Connect(t.Context(), url)
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
	wantPing(t, p, "a standby", false)
	if _, err := standby(`SELECT pg_promote()::text`); err != nil {
		t.Error(err)
	}
	storetest.Must(t, <-ready)
	wantPing(t, p, "a primary again", true)
}

// Far away connecting takes longer than an answer may: it goes on until it is done.
func TestPingFarAway(t *testing.T) {
	t.Parallel()
	var n storetest.Proxy
	n.Delay.Store(int64(300 * time.Millisecond)) // there and back three times, at least
	p := open(t, pg.Options{URL: storetest.EmptyURL(t), MaxConns: 1, Dial: n.Dial})
	wantPing(t, p, "not connected yet", false)
	until(t, "it is connected", func() bool { return p.Ping(t.Context()) == nil })
	if got := n.Dials.Load(); got != 1 {
		t.Errorf("connected %d times", got)
	}
}

// Closing a pool does not wait for a ping that connects.
func TestPingClosed(t *testing.T) {
	t.Parallel()
	ended := make(chan bool)
	p := open(t, pg.Options{URL: nowhere, MaxConns: 1, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		close(ended)
		return nil, ctx.Err()
	}})
	if err := p.Ping(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	p.Close()
	<-ended
	if err := p.Ping(t.Context()); err == nil {
		t.Error("a closed pool answers")
	}
}
