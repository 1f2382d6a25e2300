package store

import (
	"context"
	"errors"
	"fmt"

	"carrierhook/migrations"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
)

// ErrSchemaBehind says that the database lacks migrations that this program
// needs.
var ErrSchemaBehind = errors.New("the database's schema is behind this program: run `server migrate`")

// ErrSchemaTooOld says that the database was made before the one schema file was last
// edited.
var ErrSchemaTooOld = errors.New("the database's schema is too old to be migrated: make a new database, run `server migrate` on it, and import again")

// schemaTooOld looks for the newest edit of the one schema file. It goes with the first
// release. The version says nothing: the squashed files led to 9, and an edit leaves it.
const schemaTooOld = `SELECT to_regclass('waybill') IS NOT NULL AND NOT EXISTS (SELECT FROM pg_attribute
	WHERE attrelid = to_regclass('wechat_token') AND attname = 'expires_at')`

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
// program before it. One that is behind is ErrSchemaBehind, or ErrSchemaTooOld, and a
// database that no schema would make fit is ErrUnsuitable.
func (s *Store) CheckSchema(ctx context.Context) error {
	want, err := newestMigration()
	if err != nil {
		return err
	}
	db, err := readSuitableOf(ctx, s.pool)
	if err == nil {
		err = db.toWork()
	}
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
