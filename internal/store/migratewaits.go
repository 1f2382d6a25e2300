package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3/lock"
)

// migrationWatcher looks from a session of its own for what a migration waits. Most
// migrations are over before it begins.
type migrationWatcher struct {
	m    *migration
	conn *pgx.Conn // nil: none yet
}

func (o *migrationWatcher) read(ctx context.Context) (w pg.Wait, waits bool, err error) {
	session := o.m.session.Load()
	if session == 0 {
		o.m.waits.see(pg.Wait{For: "an answer of the database at " + o.m.hosts()}, true)
		return w, false, nil
	}
	if o.conn == nil || o.conn.IsClosed() {
		if o.conn, err = pgx.ConnectConfig(ctx, o.m.cfg); err != nil {
			return w, false, err // the migration itself goes on
		}
	}
	return pg.ReadLockWait(ctx, o.conn, session)
}

func (o *migrationWatcher) close() {
	if o.conn != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = o.conn.Close(ctx)
	}
}

// hosts are those that are tried, in their order.
func (m *migration) hosts() string {
	at := func(host string, port uint16) string { return fmt.Sprintf("%s port %d", host, port) }
	all := []string{at(m.cfg.Host, m.cfg.Port)}
	for _, f := range m.cfg.Fallbacks {
		if h := at(f.Host, f.Port); h != all[len(all)-1] { // else the same, with or without TLS
			all = append(all, h)
		}
	}
	return fmt.Sprintf("%s (each try ends after %v)", strings.Join(all, ", "), m.cfg.ConnectTimeout)
}

// migrationLock is goose's session lock, which says who has it.
type migrationLock struct {
	lock.SessionLocker // unlocks
	m                  *migration
}

func newMigrationLock(m *migration) (migrationLock, error) {
	l, err := lock.NewPostgresSessionLocker()
	return migrationLock{l, m}, err
}

// SessionLock tries again each second: a session that waits in Postgres would keep
// rows from being cleaned up.
func (l migrationLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	return conn.Raw(func(driver any) error { return l.lock(ctx, driver.(*stdlib.Conn).Conn()) })
}

func (l migrationLock) lock(ctx context.Context, conn *pgx.Conn) error {
	for {
		var locked bool
		if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, int64(lock.DefaultLockID)).Scan(&locked); err != nil || locked {
			return err
		}
		w, waits, err := pg.ReadAdvisoryLock(ctx, conn, lock.DefaultLockID)
		if err != nil {
			return err
		}
		if waits {
			l.m.waits.see(w, true)
		}
		if !pg.Pause(ctx, time.Second) {
			return ctx.Err()
		}
	}
}
