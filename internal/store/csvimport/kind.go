package csvimport

import (
	"cmp"
	"context"
	"slices"
)

// Kind is a kind of file. In its SQL l is a staged line and w the row that the table
// has for it already.
type Kind struct {
	table   string
	key     []string // of the table, in the order of locks; of merchants and shops their id
	columns []column
	secret  *secret // a column that the database must not have in clear; may be nil
	follows string  // SQL: whether l may follow w; empty: always
	also    string  // SQL of what is set with a change, but is none; may be empty
	second  *second // a second table; may be nil

	// Checks of the file look at all of import_line, those of the database at the
	// lines of import_row that are in the {chunk}. Each query gives line, column, problem.
	complete       string // SQL that fills staged columns before; may be empty
	fileChecks     []string
	databaseChecks []string
	checkAll       func(context.Context, *importer) error // of the file, where SQL does not do; may be nil

	// Of a file that replaces its table: how many lines it may have, so that servers
	// can keep the table in memory, and SQL that locks the rows that others write too.
	limit int64
	lock  string
}

// column is a column of the staged lines.
type column struct {
	name     string
	file     string          // the file's column; empty: the one of this name
	optional bool            // the file need not have it: a known row keeps what it has then
	read     reader          // of the cell, or
	readLine func(*line) any // of several cells, with problems of its own

	// typ is empty for a column of the table. Others are staged for checks, and for
	// the second table.
	typ string
	// fallback is, in SQL, what a new row gets for NULL, for which a known row keeps
	// what it has. Empty: NULL is stored.
	fallback string
	updated  string // SQL: what a known row gets; empty: what is staged
}

func (c column) from() string { return cmp.Or(c.file, c.name) }

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
func (k Kind) Columns() (required, optional []string) {
	for _, c := range k.columns {
		list := &required
		if c.optional {
			list = &optional
		}
		if !slices.Contains(*list, c.from()) {
			*list = append(*list, c.from())
		}
	}
	return required, optional
}

// names are those of the staged columns, the line's number first.
func (k Kind) names() []string {
	names := []string{"line"}
	for _, c := range k.columns {
		names = append(names, c.name)
	}
	return names
}
