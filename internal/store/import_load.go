package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// importChunk is how many lines one transaction loads. The rows that it
	// changes are locked until it ends, and pushes for them wait: some 100 ms.
	importChunk = 5000

	// importTries is how often a chunk is tried when somebody else is in the way:
	// for about five seconds.
	importTries = 15

	// While an import waits for a row, pushes wait for the rows that it has
	// locked already. It gives way soon, and tries again.
	//
	// The rows of a chunk are looked up by their keys. Left to itself the planner
	// would rather read the whole table once more for each chunk.
	importPace = `SELECT set_config('lock_timeout', '200ms', false), set_config('statement_timeout', '20s', false),
		set_config('enable_seqscan', 'off', false), set_config('enable_bitmapscan', 'off', false),
		set_config('enable_hashjoin', 'off', false), set_config('enable_mergejoin', 'off', false)`
)

// load brings the lines that say something new into the table, chunk by chunk
// in the order of the key.
func (im *importer) load(ctx context.Context) error {
	if _, err := im.conn.Exec(ctx, importPace); err != nil {
		return fmt.Errorf("import: set timeouts, nothing was loaded: %w", err)
	}
	for from := int64(0); from < im.work; from += importChunk {
		err := im.loadChunk(ctx, chunk{from: from, to: min(from+importChunk, im.work)})
		if _, faulty := errors.AsType[*ImportError](err); faulty {
			return err
		}
		if err != nil {
			return fmt.Errorf("import stopped with %d of %d lines to go (%s): %w",
				im.work-from, im.report.Lines, importAgain, err)
		}
	}
	return nil
}

// confirm tells that the lines are there only where that will stay so, also for those
// that somebody else has loaded before.
func (im *importer) confirm(ctx context.Context) error {
	if err := commitBehind(ctx, im.conn); err != nil {
		return fmt.Errorf("import: everything was loaded, but a standby may not have it (%s): %w", importAgain, err)
	}
	return nil
}

// chunk is the lines with n in (from, to] and what became of them.
type chunk struct {
	from, to          int64
	inserted, updated int64
	backwards         []BackwardsLine
}

// loadChunk tries until the chunk is in, or somebody has been in the way for too
// long, or has written what the file cannot be loaded on top of.
func (im *importer) loadChunk(ctx context.Context, c chunk) error {
	var pause backoff
	for try := 1; ; try++ {
		done := c
		err := unwarned(im.conn, func() error {
			return pgx.BeginTxFunc(ctx, im.conn, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
				return done.load(ctx, tx, im.sql)
			})
		})
		if err == nil {
			im.report.add(done)
			return nil
		}
		if im.conn.IsClosed() || errors.Is(err, errWarned) { // the staged lines are gone, or in without a standby's word
			return err
		}
		overtaken := overtaken(err)
		if overtaken {
			if err := im.checkDatabase(ctx, c.from, c.to); err != nil {
				return err
			}
			if err := im.faults.err(c.from); err != nil {
				return err
			}
		}
		if !overtaken && !passing(err) || try == importTries || !pause.wait(ctx) {
			return err
		}
	}
}

// overtaken tells whether a constraint was violated: the lines were checked, so
// somebody else has written meanwhile.
func overtaken(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (pg.Code == "23505" || pg.Code == "23503") // unique_violation, foreign_key_violation
}

// load inserts first: a row that somebody else inserts meanwhile is then found
// by the update. Each statement sees what was committed before it began.
func (c *chunk) load(ctx context.Context, tx pgx.Tx, sql importSQL) error {
	tag, err := tx.Exec(ctx, sql.insert, c.from, c.to)
	if err != nil {
		return fmt.Errorf("insert: %w", err)
	}
	c.inserted = tag.RowsAffected()
	known := c.inserted < c.to-c.from
	if known && sql.update != "" {
		if tag, err = tx.Exec(ctx, sql.update, c.from, c.to); err != nil {
			return fmt.Errorf("update: %w", err)
		}
		c.updated = tag.RowsAffected()
	}
	for _, write := range sql.beside {
		if _, err := tx.Exec(ctx, write, c.from, c.to); err != nil {
			return fmt.Errorf("update what is kept beside: %w", err)
		}
	}
	if !known || sql.backwards == "" {
		return nil
	}
	rows, err := tx.Query(ctx, sql.backwards, c.from, c.to)
	if err != nil {
		return fmt.Errorf("find the lines that go backwards: %w", err)
	}
	var l BackwardsLine
	_, err = pgx.ForEachRow(rows, []any{&l.Line, &l.WaybillID, &l.From, &l.To}, func() error {
		c.backwards = append(c.backwards, l)
		return nil
	})
	return err
}

func (r *ImportReport) add(c chunk) {
	backwards := int64(len(c.backwards))
	r.Inserted += c.inserted
	r.Updated += c.updated
	r.Unchanged += c.to - c.from - c.inserted - c.updated - backwards
	r.BackwardsCount += backwards
	r.Backwards = firstByLine(append(r.Backwards, c.backwards...), func(l BackwardsLine) int64 { return l.Line })
}
