package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// importKind is what the files of merchants, of waybills and of shops differ in. In its
// SQL l is a staged line, w the row that the table has for it already.
type importKind struct {
	table    string
	required []string
	optional []string

	// The staged line: its columns with their types, without the line number.
	staged []importColumn
	// parse reads a line into the values of those columns.
	parse func(*importLine) []any
	// prepare completes a batch of parsed rows, each led by its line number; may
	// be nil. Where there are faults nothing will be loaded; it may add some.
	prepare func(ctx context.Context, conn *pgx.Conn, rows [][]any, faults *importFaults) error

	// Queries for faults: line, column, problem. Those of the file look at all
	// of import_line, those of the database at the lines of import_row with n in ($1, $2].
	fileFaults     []string
	databaseFaults []string

	key     []string                                  // of the table, in the order of locks
	insert  []importValue                             // for a row that is new
	merge   func(has func(string) bool) []importValue // for a row that exists
	also    []importValue                             // written with a change, but is none
	follows string                                    // whether l may follow w; empty: always

	// beside is a second table that a line has a say about; may be nil.
	beside func(has func(string) bool) importBeside
}

// importBeside keeps a second table in step. Its writes come after those of the
// first, for the lines of a chunk, whose rows in the first table are locked then.
type importBeside struct {
	differs string // whether l says something else than the second table
	writes  []string
}

// importColumn is a column of the staged lines.
type importColumn struct{ name, typ string }

// importValue is a column of the table and the SQL of what it gets.
type importValue struct{ column, sql string }

func (v importValue) name() string  { return v.column }
func (v importValue) value() string { return v.sql }

// importSQL are the statements for one file. Those but the first load a chunk:
// the lines with n in ($1, $2]. What the file has no use for is empty.
type importSQL struct {
	sift, insert, update, backwards string
	beside                          []string
}

// statements writes the SQL for a file with these columns.
func (k importKind) statements(has func(column string) bool) importSQL {
	var match []string
	for _, column := range k.key {
		match = append(match, fmt.Sprintf("w.%s = l.%[1]s", column))
	}
	parts := map[string]string{
		"{table}":   k.table,
		"{match}":   strings.Join(match, " AND "),
		"{columns}": joined(k.insert, importValue.name),
		"{values}":  joined(k.insert, importValue.value),
		"{chunk}":   "l.n > $1 AND l.n <= $2",
		"{key}":     strings.Join(k.key, ", l."),
		"{first}":   k.key[0],
		"{differs}": "false",
		"{follows}": "true",
	}
	if k.follows != "" {
		parts["{follows}"] = "(" + k.follows + ")"
	}
	merge, beside := k.merge(has), importBeside{}
	if k.beside != nil {
		beside = k.beside(has)
	}
	column := func(v importValue) string { return "w." + v.column }
	var differs []string
	if len(merge) > 0 {
		differs = append(differs, "ROW("+joined(merge, column)+") IS DISTINCT FROM ROW("+joined(merge, importValue.value)+")")
	}
	if beside.differs != "" {
		differs = append(differs, beside.differs)
	}
	if len(differs) > 0 {
		parts["{differs}"] = "(" + strings.Join(differs, " OR ") + ")"
	}
	parts["{set}"] = joined(slices.Concat(merge, k.also), func(v importValue) string { return v.column + " = " + v.sql })

	var pairs []string
	for name, sql := range parts {
		pairs = append(pairs, name, sql)
	}
	fill := strings.NewReplacer(pairs...).Replace
	out := importSQL{sift: fill(importSift), insert: fill(importInsert)}
	if len(differs) > 0 {
		out.update = fill(importUpdate)
	}
	for _, sql := range beside.writes {
		out.beside = append(out.beside, fill(sql))
	}
	if k.follows != "" {
		out.backwards = fill(importBackwards)
	}
	return out
}

func joined(values []importValue, part func(importValue) string) string {
	var list []string
	for _, v := range values {
		list = append(list, part(v))
	}
	return strings.Join(list, ", ")
}

const (
	importSift = `CREATE TEMPORARY TABLE import_row AS
		SELECT row_number() OVER (ORDER BY l.{key}) AS n, l.*
		FROM import_line l
		LEFT JOIN {table} w ON {match}
		WHERE w.{first} IS NULL OR {differs}`

	importInsert = `INSERT INTO {table} ({columns})
		SELECT {values}
		FROM import_row l
		WHERE {chunk} AND NOT EXISTS (SELECT FROM {table} w WHERE {match})
		ORDER BY l.n`

	// Rows are locked in the order of l.n, which is the key's, and what decides
	// about a row is looked at once more when its lock was had: whoever held it
	// may have moved the row on. Rows that would not change are not even locked.
	importUpdate = `WITH changed AS MATERIALIZED (
			SELECT l.*
			FROM import_row l
			JOIN {table} w ON {match}
			WHERE {chunk} AND {follows} AND {differs}
			ORDER BY l.n
			FOR UPDATE OF w)
		UPDATE {table} w
		SET {set}
		FROM changed l
		WHERE {match}`

	importBackwards = `SELECT l.line, l.waybill_id, w.status::text, l.status::text
		FROM import_row l
		JOIN {table} w ON {match}
		WHERE {chunk} AND NOT {follows}
		ORDER BY l.line`
)
