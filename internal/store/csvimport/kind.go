package csvimport

import (
	"context"
	"slices"
)

// Kind is a kind of file. In its SQL l is a staged line and w the row that the table
// has for it already.
type Kind struct {
	table    string
	required []string // columns of the file
	optional []string
	columns  []column    // of the staged lines; that of the merchant's or shop's id is the first
	check    func(*line) // of a line as a whole; may be nil
	secret   *secret     // a column that the database must not have in clear; may be nil
	complete string      // SQL that fills staged columns without a reader; may be empty

	// Checks of the file look at all of import_line, those of the database at the
	// lines of import_row that are in the {chunk}. Each query gives line, column, problem.
	unique         []unique
	checkAll       func(context.Context, *importer) error // of the file, where the above does not do; may be nil
	databaseChecks []string

	key     []string // of the table, in the order of locks
	also    string   // SQL of what is set with a change, but is none; may be empty
	follows string   // SQL: whether l may follow w; empty: always
	second  *second  // a second table; may be nil

	// Of a file that replaces its table: how many lines it may have, so that servers
	// can keep the table in memory, and SQL that locks the rows that others write too.
	limit int
	lock  string
}

// column is a column of the staged lines.
type column struct {
	name string
	read reader // nil: SQL completes it
	// typ is empty for a column of the table. Others are staged for checks, and for
	// the second table.
	typ string
	// from are the columns of the file; empty: the one of this name. A row that exists
	// keeps what it has where the file has none of them.
	from []string
	// What a row gets that is new, and one that exists. Empty: what is staged.
	inserted, updated string
}

func (c column) files() []string {
	if len(c.from) == 0 {
		return []string{c.name}
	}
	return c.from
}

// unique are columns that no two lines may have in common. The problem names one column
// of the file, or none, and says what was repeated.
type unique struct{ columns, column, what string }

// second is a second table that is kept in step, if the file has its column. Its writes come
// after those of the first, for the lines of a chunk, whose rows in the first table
// are locked then.
type second struct {
	column  string
	differs string // whether l says something else than the second table
	writes  []string
}

// Replaces tells whether the file replaces its table: rows that it does not have are
// removed.
func (k Kind) Replaces() bool { return k.limit > 0 }

// Columns are the file's.
func (k Kind) Columns() (required, optional []string) { return k.required, k.optional }

// values reads a line: its number and its staged columns.
func (k Kind) values(l *line) []any {
	row := make([]any, 1, 1+len(k.columns))
	row[0] = l.number
	for _, c := range k.columns {
		var v any
		if c.read != nil {
			v = c.read(l, c.files()[0])
		}
		row = append(row, v)
	}
	if k.check != nil {
		k.check(l)
	}
	return row
}

// names are those of the staged columns, the line's number first.
func (k Kind) names() []string {
	names := []string{"line"}
	for _, c := range k.columns {
		names = append(names, c.name)
	}
	return names
}

// index is where values puts a column.
func (k Kind) index(name string) int { return slices.Index(k.names(), name) }
