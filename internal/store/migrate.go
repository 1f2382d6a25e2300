package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"carrierhook/internal/pgurl"
	"carrierhook/internal/store/pg"
	"carrierhook/migrations"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// Migrate brings the schema at url up to date and makes the partitions of the ledger
// and of the scans. A session lock lets one of several at once apply, while the others
// wait. say, unless it is nil, gets what a person should know while it waits. After ten
// minutes it gives up, whatever it waits for or does.
func Migrate(ctx context.Context, url string, say func(format string, args ...any)) error {
	return migrate(ctx, url, say, patience{limit: 10 * time.Minute, pause: 10 * time.Second, connect: 15 * time.Second})
}

// patience is how a migration waits.
type patience struct {
	limit   time.Duration // for all of it
	pause   time.Duration // after a lock timeout, in which pushes may use the table
	connect time.Duration // for the database's answer
}

// migration is one run of Migrate. It has one session for all that it does.
type migration struct {
	patience
	cfg     *pgx.ConnConfig
	db      *sql.DB
	session atomic.Uint32 // its pid; 0: there is none yet
	waits   waitLog
}

// errGaveUp ends a migration's context at its limit.
var errGaveUp = errors.New("the migration's time is up")

func migrate(ctx context.Context, url string, say func(format string, args ...any), p patience) error {
	pool, err := pgurl.Parse(url)
	if err != nil {
		return fmt.Errorf("database.url %w", err)
	}
	cfg := pool.ConnConfig
	pg.PinSession(cfg)
	cfg.ConnectTimeout = cmp.Or(cfg.ConnectTimeout, p.connect)
	cfg.OnNotice = pg.CountWarnings
	m := &migration{patience: p, cfg: cfg, waits: waitLog{what: "the migration", say: say}}
	m.db = stdlib.OpenDB(*cfg, stdlib.OptionAfterConnect(m.connected))
	defer m.db.Close()
	m.db.SetMaxOpenConns(1)
	ctx, stop := context.WithTimeoutCause(ctx, m.limit, errGaveUp)
	defer stop()
	watcher := &migrationWatcher{m: m}
	defer watcher.close()
	err = m.waits.during(ctx, watcher.read, func() error { return m.run(ctx) })
	if err != nil && context.Cause(ctx) == errGaveUp {
		return fmt.Errorf("migrate: gave up after %v; it waited for %s; what was not finished is as before: run it again when that is done, "+
			"or after SELECT pg_terminate_backend(pid): %w", m.limit, m.waits.lastSeen(), err)
	}
	return pg.ExplainDenied(err, cfg.User)
}

// connected prepares the session: the limits of its role are not made for migrations.
// A lock is waited for as shortly as by the migrations, for pushes queue behind it.
func (m *migration) connected(ctx context.Context, conn *pgx.Conn) error {
	m.session.Store(conn.PgConn().PID())
	if err := pg.LiftTimeouts(ctx, conn); err != nil {
		return err
	}
	_, err := conn.Exec(ctx, `SET lock_timeout = '2s'`)
	return err
}

func (m *migration) run(ctx context.Context) error {
	p, err := m.provider()
	if err != nil {
		return err
	}
	if err := m.onSession(ctx, toMigrate); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	err = m.patiently(ctx, func() error {
		_, err := p.Up(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	err = m.patiently(ctx, func() error { return m.onSession(ctx, ensurePartitions) })
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if err := m.onSession(ctx, pg.CommitBehind); err != nil {
		return fmt.Errorf("migrate: all is done, but a standby may not have it; run it again: %w", err)
	}
	return nil
}

// toMigrate looks at what is assumed, before anything is made.
func toMigrate(ctx context.Context, conn *pgx.Conn) error {
	s, err := readSuitableOf(ctx, conn)
	if err != nil {
		return err
	}
	if err := s.toMigrate(); err != nil {
		return err
	}
	var tooOld bool
	if err := conn.QueryRow(ctx, schemaTooOld).Scan(&tooOld); err != nil {
		return err
	}
	if tooOld {
		return ErrSchemaTooOld
	}
	return nil
}

// onSession does something on the migration's session.
func (m *migration) onSession(ctx context.Context, do func(context.Context, *pgx.Conn) error) error {
	conn, err := m.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(driver any) error { return do(ctx, driver.(*stdlib.Conn).Conn()) })
}

// patiently tries again what gave up because a table was locked, until ctx ends.
func (m *migration) patiently(ctx context.Context, do func() error) error {
	for {
		err := do()
		if !pg.LockTimeout(err) && !pg.Deadlock(err) || !pg.Pause(ctx, m.pause) {
			return err
		}
	}
}

func (m *migration) provider() (*goose.Provider, error) {
	locker, err := newMigrationLock(m)
	if err != nil {
		return nil, fmt.Errorf("migration lock: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectPostgres, m.db, migrations.FS,
		goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return p, nil
}
