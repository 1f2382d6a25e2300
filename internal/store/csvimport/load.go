package csvimport

import (
	"context"
	"errors"
	"fmt"

	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// chunkLines is how many lines one transaction loads. The rows that it changes are
	// locked until it ends, and pushes for them wait: some 100 ms.
	chunkLines = 5000

	// A chunk is tried so often while another transaction is in the way: for about
	// five seconds.
	maxTries = 15

	// While an import waits for a row, pushes wait for the rows that it has
	// locked already. It gives way soon, and tries again.
	//
	// The rows of a chunk are looked up by their keys. Left to itself the planner
	// would rather read the whole table once more for each chunk.
	mergeSession = `SELECT set_config('lock_timeout', '200ms', false), set_config('statement_timeout', '20s', false),
		set_config('enable_seqscan', 'off', false), set_config('enable_bitmapscan', 'off', false),
		set_config('enable_hashjoin', 'off', false), set_config('enable_mergejoin', 'off', false)`
)

// chunk is the lines with n in (from, to].
type chunk struct{ from, to int64 }

// merge brings the lines that say something new into the table, chunk by chunk in the
// order of the key.
func (im *importer) merge(ctx context.Context) error {
	if err := im.exec(ctx, `DROP TABLE import_line`, mergeSession); err != nil { // a large file need not be there twice
		return err
	}
	for from := int64(0); from < im.changes; from += chunkLines {
		err := im.mergeChunk(ctx, chunk{from, min(from+chunkLines, im.changes)})
		if _, bad := errors.AsType[*Error](err); bad {
			return err
		}
		if err != nil {
			return fmt.Errorf("stopped with %d of %d lines to go (%s): %w", im.changes-from, im.report.Lines, again, err)
		}
	}
	return nil
}

// mergeChunk tries until the chunk is loaded, another transaction has been in the way
// for too long, or has written what the file cannot be loaded on top of.
func (im *importer) mergeChunk(ctx context.Context, c chunk) error {
	var pause pg.Backoff
	for try := 1; ; try++ {
		err := im.transact(ctx, func() (Report, error) { return im.load(ctx, c) })
		if err == nil || im.conn.IsClosed() { // the staged lines went with the connection
			return err
		}
		conflict := violated(err)
		if conflict {
			if err := im.checkDatabase(ctx, c); err != nil {
				return err
			}
		}
		if !conflict && !pg.Transient(err) || try == maxTries || !pause.Wait(ctx) {
			return err
		}
	}
}

// transact loads lines in one transaction, and counts them when it is committed.
func (im *importer) transact(ctx context.Context, load func() (Report, error)) error {
	var done Report
	err := pgx.BeginTxFunc(ctx, im.conn, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(pgx.Tx) (err error) {
		done, err = load()
		return err
	})
	if err == nil {
		im.report.add(done)
	}
	return err
}

// violated tells whether a constraint was violated: the lines were checked, so another
// transaction has written meanwhile.
func violated(err error) bool {
	server, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (server.Code == "23505" || server.Code == "23503") // unique_violation, foreign_key_violation
}

// load inserts first: a row that another transaction inserts meanwhile is then found
// by the update. Each statement sees what was committed before it began.
func (im *importer) load(ctx context.Context, c chunk) (done Report, err error) {
	if done.Inserted, err = im.run(ctx, insertSQL, c.from, c.to); err != nil {
		return done, fmt.Errorf("insert: %w", err)
	}
	known := done.Inserted < c.to-c.from
	if known {
		if done.Updated, err = im.run(ctx, updateSQL, c.from, c.to); err != nil {
			return done, fmt.Errorf("update: %w", err)
		}
	}
	if second := im.kind.second; second != nil && im.file.has(second.column) {
		for _, write := range second.writes {
			if _, err := im.run(ctx, write, c.from, c.to); err != nil {
				return done, fmt.Errorf("update the second table: %w", err)
			}
		}
	}
	if known && im.kind.follows != "" {
		done.Backwards, err = im.find(ctx, backwardsSQL, c.from, c.to)
	}
	done.Unchanged = c.to - c.from - done.Inserted - done.Updated - done.Backwards.Count
	return done, err
}

// Imports that replace tables wait for each other at the row of the version, which is
// locked first. Servers that read and pushes do not take that lock.
const (
	lockCatalogue  = `SELECT FROM catalogue FOR UPDATE`
	raiseCatalogue = `UPDATE catalogue SET version = version + 1`
)

// replace makes the table what the file says, in one transaction. It writes what
// differs, and raises the version if anything does.
func (im *importer) replace(ctx context.Context) error {
	if err := im.problems.err(0); err != nil {
		return err
	}
	return im.transact(ctx, func() (done Report, err error) {
		if err := im.exec(ctx, lockCatalogue, im.kind.lock); err != nil {
			return done, fmt.Errorf("lock: %w", err)
		}
		if err := im.compare(ctx); err != nil {
			return done, err
		}
		removed, err := im.run(ctx, removeSQL)
		if err != nil {
			return done, fmt.Errorf("remove: %w", err)
		}
		if done, err = im.load(ctx, chunk{to: im.changes}); err == nil && removed+im.changes > 0 {
			done.Removed = removed
			err = im.exec(ctx, raiseCatalogue)
		}
		return done, err
	})
}
