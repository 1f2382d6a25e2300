package store

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/jackc/pgx/v5"
)

// importBatch is how many lines are in memory at a time.
const importBatch = 5000

// stage copies the file into a temporary table, line by line as it stands
// there. It makes out what is wrong with a line by itself.
func (im *importer) stage(ctx context.Context) error {
	names, types := []string{"line"}, []string{"line bigint NOT NULL"}
	for _, c := range im.kind.staged {
		names, types = append(names, c.name), append(types, c.name+" "+c.typ)
	}
	create := "CREATE TEMPORARY TABLE import_line (" + strings.Join(types, ", ") + ")"
	if _, err := im.conn.Exec(ctx, create); err != nil {
		return fmt.Errorf("import: make the staging table: %w", err)
	}
	for {
		rows, readErr := im.batch()
		if readErr != nil && readErr != io.EOF {
			return fmt.Errorf("import: read the file after line %d, nothing was loaded: %w", im.file.last, readErr)
		}
		if err := im.stageBatch(ctx, names, rows); err != nil {
			return fmt.Errorf("import: stage up to line %d, nothing was loaded: %w", im.file.last, err)
		}
		if readErr == io.EOF {
			return nil
		}
	}
}

// batch reads and parses the next lines. At the end of the file it returns what
// there is, with io.EOF.
func (im *importer) batch() (rows [][]any, err error) {
	for len(rows) < importBatch {
		before := im.faults.count
		line, err := im.file.next()
		if err != nil {
			return rows, err
		}
		im.report.Lines++
		if line == nil {
			continue
		}
		row := append([]any{line.number}, im.kind.parse(line)...)
		if im.faults.count == before {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

func (im *importer) stageBatch(ctx context.Context, names []string, rows [][]any) error {
	if len(rows) == 0 {
		return ctx.Err()
	}
	if im.kind.prepare != nil {
		if err := im.kind.prepare(ctx, im.conn, rows, &im.faults); err != nil {
			return err
		}
	}
	_, err := im.conn.CopyFrom(ctx, pgx.Identifier{"import_line"}, names, pgx.CopyFromRows(rows))
	return err
}

// check asks what is wrong with the file as a whole and in view of the database.
func (im *importer) check(ctx context.Context) error {
	if _, err := im.conn.Exec(ctx, "ANALYZE import_line"); err != nil {
		return fmt.Errorf("import: analyze the staged lines, nothing was loaded: %w", err)
	}
	for _, sql := range im.kind.fileFaults {
		if err := im.findFaults(ctx, sql); err != nil {
			return fmt.Errorf("import: check the file, nothing was loaded: %w", err)
		}
	}
	if err := im.sift(ctx); err != nil {
		return fmt.Errorf("import: sort the staged lines, nothing was loaded: %w", err)
	}
	if err := im.checkDatabase(ctx, 0, math.MaxInt64); err != nil {
		return fmt.Errorf("import: check the file against the database, nothing was loaded: %w", err)
	}
	return im.faults.err(0)
}

// sift keeps the lines that the table does not say already, numbered in the
// order of the key, which is the order of locks. A line that says what the
// table says can have nothing against it in the database.
func (im *importer) sift(ctx context.Context) error {
	tag, err := im.conn.Exec(ctx, im.sql.sift)
	if err != nil {
		return err
	}
	im.work = tag.RowsAffected()
	im.report.Unchanged = im.report.Lines - im.work
	for _, sql := range []string{
		`DROP TABLE import_line`,
		`CREATE UNIQUE INDEX ON import_row (n)`,
		`ANALYZE import_row`,
	} {
		if _, err := im.conn.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

// checkDatabase adds what the database has against the lines with n in
// (from, to] to the faults.
func (im *importer) checkDatabase(ctx context.Context, from, to int64) error {
	for _, sql := range im.kind.databaseFaults {
		if err := im.findFaults(ctx, sql, from, to); err != nil {
			return err
		}
	}
	return nil
}

// findFaults runs a query for faults. However many there are, only those that
// will be named come over the wire.
func (im *importer) findFaults(ctx context.Context, sql string, args ...any) error {
	sql = fmt.Sprintf(`SELECT line, "column", problem, count(*) OVER ()
		FROM (%s) AS fault (line, "column", problem)
		ORDER BY line
		LIMIT %d`, sql, importNamed)
	rows, err := im.conn.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	var f ImportFault
	var all, named int64
	_, err = pgx.ForEachRow(rows, []any{&f.Line, &f.Column, &f.Problem, &all}, func() error {
		im.faults.add(f)
		named++
		return nil
	})
	im.faults.count += all - named
	return err
}
