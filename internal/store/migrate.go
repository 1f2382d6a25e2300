package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"carrierhook/internal/pgurl"
	"carrierhook/internal/store/pg"
	"carrierhook/migrations"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// ErrSchemaBehind says that the database lacks migrations that this program
// needs.
var ErrSchemaBehind = errors.New("the database's schema is behind this program: run `server migrate`")

// ErrSchemaTooOld says that the database was made before the one schema file was last
// edited.
var ErrSchemaTooOld = errors.New("the database's schema is too old to be migrated: make a new database, run `server migrate` on it, and import again")

// schemaTooOld looks for the newest edit of the one schema file, and for the last one
// that renamed a column. It goes with the first release. The version says nothing: the
// squashed files led to 9, and an edit leaves it.
const schemaTooOld = `SELECT to_regclass('waybill') IS NOT NULL AND NOT EXISTS (
	SELECT FROM pg_attribute WHERE attrelid = to_regclass('waybill') AND attname = 'first_scan_at'
	AND coalesce(pg_get_indexdef(to_regclass('push_by_delivery')) LIKE '%get_auth_info%', false))`

// Migrate brings the schema at url up to date and makes the partitions of the ledger
// and of the scans. A session lock lets one of several at once apply, while the others
// wait.
func Migrate(ctx context.Context, url string) error {
	pool, err := pgurl.Parse(url)
	if err != nil {
		return fmt.Errorf("database.url %w", err)
	}
	cfg := pool.ConnConfig
	db := stdlib.OpenDB(*cfg)
	defer db.Close()
	p, err := provider(db)
	if err != nil {
		return err
	}
	var tooOld bool
	if err := db.QueryRowContext(ctx, schemaTooOld).Scan(&tooOld); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if tooOld {
		return ErrSchemaTooOld
	}
	_, err = p.Up(ctx)
	if pg.LockTimeout(err) || pg.Deadlock(err) {
		return fmt.Errorf("migrate: another session has a table locked; run it again when that session is done: %w", err)
	}
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	cfg.OnNotice = pg.CountWarnings
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return fmt.Errorf("make partitions: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if err := ensurePartitions(ctx, conn); err != nil {
		return err
	}
	if err := pg.CommitBehind(ctx, conn); err != nil {
		return fmt.Errorf("migrate: all is done, but a standby may not have it; run it again: %w", err)
	}
	return nil
}

func provider(db *sql.DB) (*goose.Provider, error) {
	// Asked once a second, for as long as a slow migration elsewhere may take.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 600))
	if err != nil {
		return nil, fmt.Errorf("migration lock: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, migrations.FS,
		goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return p, nil
}

// newestMigration is the version that this program was built for.
func newestMigration() (int64, error) {
	files, err := migrations.FS.ReadDir(".")
	if err != nil {
		return 0, err
	}
	var newest int64
	for _, f := range files {
		v, err := goose.NumericComponent(f.Name())
		if err != nil {
			return 0, fmt.Errorf("migration %s: %w", f.Name(), err)
		}
		newest = max(newest, v)
	}
	return newest, nil
}

// CheckSchema connects and tells whether this program can work with the schema
// that it finds. A schema that is ahead is fine: every migration works with the
// program before it. One that is behind is ErrSchemaBehind, or ErrSchemaTooOld.
func (s *Store) CheckSchema(ctx context.Context) error {
	want, err := newestMigration()
	if err != nil {
		return err
	}
	var tooOld bool
	if err := s.pool.QueryRow(ctx, schemaTooOld).Scan(&tooOld); err != nil {
		return fmt.Errorf("check schema: %w", err)
	}
	if tooOld {
		return ErrSchemaTooOld
	}
	var have int64
	err = s.pool.QueryRow(ctx,
		"SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&have)
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == "42P01" { // undefined_table
		err, have = nil, 0
	}
	if err != nil {
		return fmt.Errorf("check schema: %w", err)
	}
	if have < want {
		return fmt.Errorf("%w (it is at version %d, the program needs %d)", ErrSchemaBehind, have, want)
	}
	return nil
}
