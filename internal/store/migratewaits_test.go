package store_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/localpg"
	"carrierhook/internal/store"
	"carrierhook/internal/store/storetest"

	"github.com/jackc/pgx/v5"
)

// migrating is a migration that is under way.
type migrating struct {
	said   chan string
	over   chan error
	cancel context.CancelCauseFunc
}

// beginMigrate begins one, which waits as the program's does but for its limits.
func beginMigrate(t *testing.T, url string) migrating {
	t.Helper()
	ctx, cancel := context.WithCancelCause(context.Background())
	t.Cleanup(func() { cancel(nil) })
	m := migrating{make(chan string, 1000), make(chan error, 1), cancel}
	go func() {
		m.over <- store.MigrateWith(ctx, url, func(format string, args ...any) { m.said <- fmt.Sprintf(format, args...) },
			storetest.Patience, time.Millisecond, storetest.Patience)
	}()
	return m
}

// givesUp is what it says at its limit, which comes now.
func (m migrating) givesUp(t *testing.T) string {
	t.Helper()
	m.cancel(store.ErrGaveUp)
	select {
	case err := <-m.over:
		if err == nil || !contains(err.Error(), "gave up after") {
			t.Fatalf("it ends with %v", err)
		}
		return err.Error()
	case <-time.After(storetest.Patience):
		t.Fatal("it does not end")
	}
	return ""
}

// wantSaid waits for what it says first.
func (m migrating) wantSaid(t *testing.T, parts ...string) {
	t.Helper()
	select {
	case line := <-m.said:
		for _, part := range parts {
			if !contains(line, part) {
				t.Errorf("want %q in %s", part, line)
			}
		}
	case err := <-m.over:
		t.Fatalf("it was over before it said anything: %v", err)
	case <-time.After(storetest.Patience):
		t.Fatal("it waits in silence")
	}
}

// locker is another session with an open transaction, or a lock of its own.
func locker(t *testing.T, url string, statements string) (conn *pgx.Conn, about []string) {
	t.Helper()
	cfg, err := pgx.ParseConfig(url)
	storetest.Must(t, err)
	cfg.RuntimeParams["application_name"] = "nightly report"
	if conn, err = pgx.ConnectConfig(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	if _, err := conn.Exec(t.Context(), statements); err != nil {
		t.Fatal(err)
	}
	return conn, []string{fmt.Sprintf("pid %d ", conn.PgConn().PID()), "nightly report", "idle", " for "}
}

const gooseLock = `SELECT pg_advisory_lock(4097083626), 'somebody''s name'`

// A migration beside another one, or beside a session that was left with its lock, says
// at once who has it, and goes on when it is free.
func TestMigrateBesideItsLock(t *testing.T) {
	t.Parallel()
	url := storetest.EmptyURL(t)
	other, about := locker(t, url, gooseLock)
	m := beginMigrate(t, url)
	m.wantSaid(t, append(about, "another migration")...)
	other.Close(t.Context())
	if err := <-m.over; err != nil {
		t.Error(err)
	}
	if len(m.said) > 0 {
		t.Errorf("it says the same again: %s", <-m.said)
	}
}

// At its limit it ends, with who has the lock and no text of a query.
func TestMigrateGivesUpItsLock(t *testing.T) {
	t.Parallel()
	url := storetest.EmptyURL(t)
	_, about := locker(t, url, gooseLock)
	m := beginMigrate(t, url)
	m.wantSaid(t, "another migration")
	says := m.givesUp(t)
	for _, part := range append(about, "run it again", "pg_terminate_backend") {
		if !contains(says, part) {
			t.Errorf("want %q, got %s", part, says)
		}
	}
	if contains(says, "somebody") {
		t.Errorf("it has the other's query: %s", says)
	}
}

// The limit is one for all that it does: of two migrations that wait, each is over by then.
func TestMigrateLimit(t *testing.T) {
	t.Parallel()
	url := storetest.EmptyURL(t)
	locker(t, url, gooseLock)
	const limit = 20 * time.Millisecond
	if err := store.MigrateWith(t.Context(), url, nil, limit, time.Millisecond, storetest.Patience); err == nil || !contains(err.Error(), "gave up after 20ms") {
		t.Errorf("got %v", err)
	}
}

// A migration does not wait long for a lock at a time, because pushes would queue behind
// it. It tries again until its limit, whatever timeouts the database sets, and says at
// once for whom it waits.
func TestMigrateBesideLockedTable(t *testing.T) {
	t.Parallel()
	url := storetest.EmptyURL(t)
	alter(t, storetest.OpenDatabase(t, url), `statement_timeout = '300ms'`, `lock_timeout = '300ms'`)
	other, about := locker(t, url, `BEGIN; CREATE TABLE clock ()`) // the last that the migration makes
	m := beginMigrate(t, url)
	m.wantSaid(t, append(about, "idle in transaction", "transaction open")...)
	if _, err := other.Exec(t.Context(), `ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	if err := <-m.over; err != nil {
		t.Error(err)
	}
}

// One that gives up says what to do and who has it locked, and has changed nothing.
func TestMigrateGivesUp(t *testing.T) {
	t.Parallel()
	url := storetest.EmptyURL(t)
	_, about := locker(t, url, `BEGIN; CREATE TABLE clock ()`)
	m := beginMigrate(t, url)
	m.wantSaid(t, about...)
	says := m.givesUp(t)
	for _, part := range append(about, "run it again") {
		if !contains(says, part) {
			t.Errorf("want %q, got %s", part, says)
		}
	}
	if left := slices.DeleteFunc(schemaOf(t, url), func(s string) bool { return contains(s, "goose_db_version") }); len(left) > 0 {
		t.Errorf("it leaves\n%s", strings.Join(left, "\n"))
	}
}

// A partition's lock is waited for until the same limit: the tries of a server's
// maintenance, some seconds, are not all.
func TestMigrateBesideLockedPartition(t *testing.T) {
	t.Parallel()
	d := storetest.NewDatabase(t)
	d.Exec(t, `DROP TABLE `+store.MonthOf(time.Now().AddDate(0, 12, 0)))
	other, about := locker(t, d.URL, `BEGIN; LOCK TABLE push_default`)
	if says := func() string {
		m := beginMigrate(t, d.URL)
		m.wantSaid(t, "table push_default")
		return m.givesUp(t)
	}(); !contains(says, "table push_default") {
		t.Errorf("it says %s", says)
	}
	m := beginMigrate(t, d.URL)
	m.wantSaid(t, append(about, "table push_default")...)
	const tries = `SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()`
	former := d.Int(t, tries)
	storetest.Until(t, "it has tried more often than maintenance does", func() bool { return len(m.over) > 0 || d.Int(t, tries) > former+22 })
	if _, err := other.Exec(t.Context(), `ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	if err := <-m.over; err != nil {
		t.Error(err)
	}
}

// A migration whose commit waits for a standby that is gone says so.
func TestMigrateWithoutStandby(t *testing.T) {
	t.Parallel()
	pg := storetest.NewServer(t)
	url := pg.URL(localpg.Database)
	d := storetest.OpenDatabase(t, url)
	standby := func(name string) {
		d.Exec(t, `ALTER SYSTEM SET synchronous_standby_names = '`+name+`'`)
		d.Exec(t, `SELECT pg_reload_conf()`)
	}
	standby("gone")
	d.WaitFor(t, `SELECT count(*) FROM pg_settings WHERE name = 'synchronous_standby_names' AND setting = 'gone'`)
	m := beginMigrate(t, url)
	m.wantSaid(t, "a synchronous standby")
	if says := m.givesUp(t); !contains(says, "a synchronous standby") {
		t.Errorf("it says %s", says)
	}
	m = beginMigrate(t, url)
	m.wantSaid(t, "a synchronous standby")
	standby("")
	if err := <-m.over; err != nil {
		t.Error(err)
	}
}

// A database that does not answer is named at once, and given up.
func TestMigrateWithoutAnswer(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // whose connections nobody accepts
	storetest.Must(t, err)
	defer silent.Close()
	_, port, _ := net.SplitHostPort(silent.Addr().String())
	said := make(chan string, 1000)
	err = store.MigrateWith(t.Context(), "postgres://u:hunter2@127.0.0.1:"+port+"/x?sslmode=disable",
		func(format string, args ...any) { said <- fmt.Sprintf(format, args...) }, storetest.Patience, 0, 2*time.Second)
	if err == nil || contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
	if len(said) != 1 {
		t.Fatalf("it said %d lines", len(said))
	}
	if line := <-said; !contains(line, "127.0.0.1 port "+port) || !contains(line, "2s") || contains(line, "hunter2") {
		t.Errorf("it said %s", line)
	}
}
