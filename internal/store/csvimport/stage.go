package csvimport

import (
	"context"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"
)

// batchLines is how many lines are in memory at a time.
const batchLines = 5000

// stage copies the lines that have no problem of their own into a temporary table.
func (im *importer) stage(ctx context.Context) error {
	if err := im.exec(ctx, stageSQL); err != nil {
		return err
	}
	for more := true; more; {
		rows, err := im.batch()
		if more = err == nil; err != nil && err != io.EOF {
			return err
		}
		if err := im.stageBatch(ctx, rows); err != nil {
			return fmt.Errorf("up to line %d: %w", im.file.last, err)
		}
	}
	if im.kind.Replaces() && im.report.Lines == 0 && im.problems.Count == 0 {
		im.problems.add(im.file.last, "", "the file has no lines; with an empty table no order could be accepted")
	}
	return nil
}

// batch reads the next lines. At the end of the file it returns what there is, with
// io.EOF.
func (im *importer) batch() (rows [][]any, err error) {
	for len(rows) < batchLines {
		line, err := im.file.next()
		if err == io.EOF {
			return rows, err
		}
		if err != nil {
			return nil, fmt.Errorf("read after line %d: %w", im.file.last, err)
		}
		im.report.Lines++
		if im.kind.Replaces() && im.report.Lines > im.kind.limit {
			im.problems.add(im.file.last, "", fmt.Sprintf("the table holds %d lines at most; the file was not read further", im.kind.limit))
			return nil, im.problems.err(0)
		}
		if line == nil {
			continue
		}
		if row, ok := line.values(im.kind.columns); ok {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

func (im *importer) stageBatch(ctx context.Context, rows [][]any) error {
	if len(rows) == 0 {
		return ctx.Err()
	}
	if err := im.storeSecrets(ctx, rows); err != nil {
		return err
	}
	_, err := im.conn.CopyFrom(ctx, pgx.Identifier{"import_line"}, im.kind.names(), pgx.CopyFromRows(rows))
	return err
}

// checkFile finds what is wrong with the lines among themselves.
func (im *importer) checkFile(ctx context.Context) error {
	if err := im.exec(ctx, im.kind.complete, `ANALYZE import_line`); err != nil {
		return err
	}
	if err := im.check(ctx, im.kind.fileChecks); err != nil || im.kind.checkAll == nil {
		return err
	}
	return im.kind.checkAll(ctx, im)
}

// compare keeps the lines that the table does not say already, and checks them against
// the database. A line that says what the table says can have no problem with it.
func (im *importer) compare(ctx context.Context) (err error) {
	if im.changes, err = im.run(ctx, changesSQL); err != nil {
		return err
	}
	im.report.Unchanged = im.report.Lines - im.changes
	if err := im.exec(ctx, `CREATE UNIQUE INDEX ON import_row (n)`, `ANALYZE import_row`); err != nil {
		return err
	}
	return im.checkDatabase(ctx, chunk{to: im.changes})
}

// checkDatabase finds what the database has against the lines of a chunk.
func (im *importer) checkDatabase(ctx context.Context, c chunk) error {
	if err := im.check(ctx, im.kind.databaseChecks, c.from, c.to); err != nil {
		return err
	}
	return im.problems.err(c.from)
}

// check runs queries for problems of the file.
func (im *importer) check(ctx context.Context, queries []string, args ...any) error {
	for _, sql := range queries {
		found, err := im.find(ctx, sql, args...)
		if err != nil {
			return err
		}
		im.problems.merge(found)
	}
	return nil
}

// find runs a query for problems. However many there are, only those that will be
// named come over the wire.
func (im *importer) find(ctx context.Context, sql string, args ...any) (found Problems, err error) {
	sql = fmt.Sprintf(`SELECT line, "column", problem, count(*) OVER ()
		FROM (%s) AS found (line, "column", problem)
		ORDER BY line
		LIMIT %d`, im.fill(sql), maxNamed)
	rows, _ := im.conn.Query(ctx, sql, args...) // the error comes out of ForEachRow
	var p Problem
	_, err = pgx.ForEachRow(rows, []any{&p.Line, &p.Column, &p.Text, &found.Count}, func() error {
		found.First = append(found.First, p)
		return nil
	})
	return found, err
}
