package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"time"

	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3/lock"
)

const (
	watchEvery = 500 * time.Millisecond // for what the migration waits
	sayEvery   = 30 * time.Second       // again, while it is the same
)

// waitLog says what a migration waits for: at once, and then now and then.
type waitLog struct {
	say func(format string, args ...any)

	mu   sync.Mutex
	wait pg.Wait
	said time.Time
}

func (l *waitLog) note(w pg.Wait) {
	l.mu.Lock()
	defer l.mu.Unlock()
	again := l.wait.Same(w)
	l.wait = w
	if l.say == nil || again && time.Since(l.said) < sayEvery {
		return
	}
	l.said = time.Now()
	l.say("the migration waits for %s", w)
}

// last is what was waited for last.
func (l *waitLog) last() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.wait.For == "" {
		return "it was not seen which"
	}
	return l.wait.String()
}

// watch looks from a session of its own for what the migration waits, until ctx ends.
// Most migrations are over before it begins.
func (m *migration) watch(ctx context.Context) {
	var conn *pgx.Conn
	defer func() {
		if conn != nil {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			_ = conn.Close(ctx)
		}
	}()
	var former pg.Wait // a wait that is seen once may be over: a commit's for a standby is, most often
	for pg.Pause(ctx, watchEvery) {
		session := m.session.Load()
		if session == 0 {
			m.waits.note(pg.Wait{For: "an answer of the database at " + m.hosts()})
			continue
		}
		if conn == nil || conn.IsClosed() {
			var err error
			if conn, err = pgx.ConnectConfig(ctx, m.cfg); err != nil {
				continue // the migration itself goes on
			}
		}
		w, waits, err := pg.ReadLockWait(ctx, conn, session)
		if err == nil && waits && w.Same(former) {
			m.waits.note(w)
		}
		former = w
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
	for begun := time.Now(); ; {
		var locked bool
		if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, int64(lock.DefaultLockID)).Scan(&locked); err != nil || locked {
			return err
		}
		w, waits, err := pg.ReadAdvisoryLock(ctx, conn, lock.DefaultLockID)
		if err != nil {
			return err
		}
		if waits {
			l.m.waits.note(w)
		}
		if time.Since(begun) >= l.m.limit {
			return fmt.Errorf("gave up after %v of waiting for %s; run it again when that session is done, or after SELECT pg_terminate_backend(pid)",
				l.m.limit, l.m.waits.last())
		}
		if !pg.Pause(ctx, time.Second) {
			return ctx.Err()
		}
	}
}
