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
	if err := im.exec(ctx, im.fill(stageSQL)); err != nil {
		return err
	}
	header, names := im.file.last, im.kind.names()
	for {
		rows, readErr := im.batch()
		if readErr != nil && readErr != io.EOF {
			return fmt.Errorf("read after line %d: %w", im.file.last, readErr)
		}
		if err := im.stageBatch(ctx, names, rows); err != nil {
			return fmt.Errorf("up to line %d: %w", im.file.last, err)
		}
		limit := int64(im.kind.limit)
		switch {
		case limit > 0 && im.report.Lines > limit:
			im.problems.add(im.file.last, "", fmt.Sprintf("the table holds %d lines at most; the file was not read further", limit))
			return im.problems.err(0)
		case readErr == nil:
			continue
		case limit > 0 && im.report.Lines == 0 && im.problems.count == 0:
			im.problems.add(header, "", "the file has no lines; with an empty table no order could be accepted")
		}
		return nil
	}
}

// batch reads the next lines. At the end of the file it returns what there is, with
// io.EOF.
func (im *importer) batch() (rows [][]any, err error) {
	for len(rows) < batchLines && (im.kind.limit == 0 || im.report.Lines <= int64(im.kind.limit)) {
		line, err := im.file.next()
		if err != nil {
			return rows, err
		}
		im.report.Lines++
		if line == nil {
			continue
		}
		if row := im.kind.values(line); line.ok() {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

func (im *importer) stageBatch(ctx context.Context, names []string, rows [][]any) error {
	if len(rows) == 0 {
		return ctx.Err()
	}
	if err := im.storeSecrets(ctx, rows); err != nil {
		return err
	}
	_, err := im.conn.CopyFrom(ctx, pgx.Identifier{"import_line"}, names, pgx.CopyFromRows(rows))
	return err
}

// checkFile finds what is wrong with the lines among themselves.
func (im *importer) checkFile(ctx context.Context) error {
	if err := im.exec(ctx, im.kind.complete, `ANALYZE import_line`); err != nil {
		return err
	}
	for _, u := range im.kind.unique {
		if err := im.find(ctx, &im.problems, fmt.Sprintf(uniqueSQL, u.column, u.what, u.columns)); err != nil {
			return err
		}
	}
	if im.kind.checkAll == nil {
		return nil
	}
	return im.kind.checkAll(ctx, im)
}

// compare keeps the lines that the table does not say already, and checks them against
// the database. A line that says what the table says can have no problem with it.
func (im *importer) compare(ctx context.Context) error {
	tag, err := im.conn.Exec(ctx, im.fill(changesSQL))
	if err != nil {
		return err
	}
	im.changes = tag.RowsAffected()
	im.report.Unchanged = im.report.Lines - im.changes
	if err := im.exec(ctx, `CREATE UNIQUE INDEX ON import_row (n)`, `ANALYZE import_row`); err != nil {
		return err
	}
	return im.checkDatabase(ctx, chunk{to: im.changes})
}

// checkDatabase finds what the database has against the lines of a chunk.
func (im *importer) checkDatabase(ctx context.Context, c chunk) error {
	for _, sql := range im.kind.databaseChecks {
		if err := im.find(ctx, &im.problems, sql, c.from, c.to); err != nil {
			return err
		}
	}
	return im.problems.err(c.from)
}

// find runs a query for problems. However many there are, only those that will be
// named come over the wire.
func (im *importer) find(ctx context.Context, found *problems, sql string, args ...any) error {
	sql = fmt.Sprintf(`SELECT line, "column", problem, count(*) OVER ()
		FROM (%s) AS found (line, "column", problem)
		ORDER BY line
		LIMIT %d`, im.fill(sql), maxNamed)
	rows, _ := im.conn.Query(ctx, sql, args...) // the error comes out of ForEachRow
	var p Problem
	var all, named int64
	_, err := pgx.ForEachRow(rows, []any{&p.Line, &p.Column, &p.Text, &all}, func() error {
		found.add(p.Line, p.Column, p.Text)
		named++
		return nil
	})
	found.count += all - named
	return err
}
