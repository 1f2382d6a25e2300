// Package csvimport loads CSV files into tables of Postgres. A kind of file is a value:
// its columns, their readers, the table, and whether the file is merged into the table
// or replaces it. One engine reads, stages, checks and loads them all.
//
// The whole file is checked before anything is loaded: what is wrong with it is an
// *Error. The same file can be imported again, and lines that change nothing touch
// nothing. It runs beside servers: rows are locked in the order of their keys.
//
// It does not know how passwords are hashed and secrets are sealed, nor how the
// connections are made.
package csvimport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/input"
	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5"
)

// Engine imports files into one database. Every field must be set, but those of
// secrets only for shops.
type Engine struct {
	// Connect gives a session that is the import's alone, and which it closes: the
	// staged file is in temporary tables. A pooler in transaction mode does not do. The
	// session counts warnings by pg.CountWarnings.
	Connect func(context.Context) (*pgx.Conn, error)

	// Clock is the server's. The database may have another one: what is in the future by both
	// is refused, as the API does.
	Clock func() time.Time

	// HashPassword gives the hash to store: hash itself if the password opens it.
	HashPassword func(hash, password string) (string, error)
	// OpenSecret tells whether a key opens a shop's secret, and the present one.
	OpenSecret func(shopID string, sealed []byte) (secret delivery.Secret, present, ok bool)
	// SealSecret closes it under the present key.
	SealSecret func(shopID string, secret delivery.Secret) []byte
}

// importer carries one file from the reader to its table.
type importer struct {
	*Engine
	kind     Kind
	file     *file
	fill     func(sql string) string
	conn     *pgx.Conn
	problems Problems
	changes  int64 // lines that say something new
	report   Report
}

// Import loads a file, whose first line names its columns. A file that is merged is
// loaded in chunks: an import that stops half way leaves whole chunks. One that
// replaces the table does so in one transaction.
func (e *Engine) Import(ctx context.Context, kind Kind, r io.Reader) (Report, error) {
	im := &importer{Engine: e, kind: kind}
	var err error
	if im.file, err = openFile(r, kind, &im.problems); err != nil {
		return im.report, err
	}
	im.fill = kind.filler(im.file.has)
	if im.conn, err = e.Connect(ctx); err != nil {
		return im.report, fmt.Errorf("import: connect: %w", err)
	}
	defer closeConn(im.conn)
	step := func(what string, do func(context.Context) error) {
		if err == nil {
			err = do(ctx)
			if _, bad := errors.AsType[*Error](err); err != nil && !bad {
				err = fmt.Errorf("import: %s: %w", what, err)
			}
		}
	}
	step("prepare the session", im.prepare)
	step("stage the file, nothing was loaded", im.stage)
	step("check the file, nothing was loaded", im.checkFile)
	if kind.Replaces() {
		step("replace table "+kind.table+" (importing the file again is safe)", im.replace)
	} else {
		step("compare the file with the database, nothing was loaded", im.compare)
		step("load", im.merge)
	}
	// The lines are loaded only when a standby has them too, also those that another import
	// has loaded before. It covers warnings of earlier commits.
	step("everything was loaded, but a standby may not have it ("+again+")", func(ctx context.Context) error {
		return pg.CommitBehind(ctx, im.conn)
	})
	return im.report, err
}

// prepare makes room for sorting a large file and lifts the limits that a role's or a
// database's sessions may have. Compiling short statements costs more than it gains.
func (im *importer) prepare(ctx context.Context) error {
	var latest time.Time
	if err := im.conn.QueryRow(ctx, `SELECT greatest(clock_timestamp(), $1)`, im.Clock()).Scan(&latest); err != nil {
		return err
	}
	im.file.latest = latest.Add(input.ClockSkew)
	if err := pg.LiftTimeouts(ctx, im.conn); err != nil {
		return err
	}
	return im.exec(ctx, `SELECT set_config('temp_buffers', '32MB', false), set_config('work_mem', '64MB', false), set_config('lock_timeout', '0', false),
		set_config('jit', 'off', false), set_config('client_min_messages', 'warning', false)`)
}

// exec runs statements, in the transaction that is open if one is. An empty one does nothing.
func (im *importer) exec(ctx context.Context, statements ...string) error {
	for _, sql := range statements {
		if _, err := im.run(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

// run tells how many rows a statement wrote.
func (im *importer) run(ctx context.Context, sql string, args ...any) (int64, error) {
	tag, err := im.conn.Exec(ctx, im.fill(sql), args...)
	return tag.RowsAffected(), err
}

// closeConn does not use the import's context, which may have ended: the server
// should end the session at once.
func closeConn(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx) // nothing that the import did depends on it
}
