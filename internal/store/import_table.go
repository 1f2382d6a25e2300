package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// smallTable is a table that servers keep in memory, and whose files are its
// whole truth: what a file does not have is removed. T is a row.
type smallTable[T comparable] struct {
	name    string
	columns []string // the first keys of them are the primary key
	keys    int
	key     func(T) any    // the same as a value that can be compared
	where   func(*T) []any // the places for the columns, to read and to write
	locked  bool           // somebody but imports writes to it

	header []string // the file's columns, all of which it must have
	parse  func(*importLine) T
	most   int // lines
	// together finds what is wrong with the lines among themselves; what is wrong
	// with each alone was found before. It may complete them.
	together func([]tableLine[T], *importFaults)
	// against finds what is wrong with the lines in view of the table's rows, and
	// may complete them from these; may be nil.
	against func([]tableLine[T], []T, *importFaults)
}

// tableLine is a line of a file and the row that it asks for.
type tableLine[T comparable] struct {
	number int64
	row    T
}

// importTable makes the table what the file says, in one transaction.
func importTable[T comparable](ctx context.Context, s *Store, r io.Reader, t smallTable[T]) (ImportReport, error) {
	report := ImportReport{}
	lines, err := t.read(r)
	if err != nil {
		return report, err
	}
	err = s.transact(ctx, func(tx pgx.Tx) error {
		report, err = t.replace(ctx, tx, lines)
		return err
	})
	if _, faulty := errors.AsType[*ImportError](err); faulty {
		return ImportReport{}, err
	}
	if err != nil {
		return ImportReport{}, fmt.Errorf("import: replace table %s (importing the file again is safe): %w", t.name, err)
	}
	return report, nil
}

// read reads and checks the file. What is wrong with it is an *ImportError.
func (t smallTable[T]) read(r io.Reader) ([]tableLine[T], error) {
	var faults importFaults
	file, err := openImportFile(r, t.header, nil, &faults)
	if err != nil {
		return nil, err
	}
	head := file.last
	var lines []tableLine[T]
	for len(lines) <= t.most {
		line, err := file.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("import: read the file after line %d, nothing was loaded: %w", file.last, err)
		}
		if line != nil {
			lines = append(lines, tableLine[T]{line.number, t.parse(line)})
		}
	}
	switch {
	case len(lines) > t.most:
		faults.add(ImportFault{file.last, "", fmt.Sprintf("the table holds %d lines at most; the file was not read further", t.most)})
	case len(lines) == 0 && faults.count == 0:
		faults.add(ImportFault{head, "", "the file has no lines; with an empty table no order could be accepted"})
	case faults.count == 0:
		t.together(lines, &faults)
	}
	return lines, faults.err(0)
}

// Two imports at once are settled by the row of the version, which is locked
// first. Neither a server that reads nor a push takes that lock.
const (
	lockCatalogue  = `SELECT set_config('lock_timeout', '0', true), set_config('statement_timeout', '0', true) FROM catalogue FOR UPDATE`
	raiseCatalogue = `UPDATE catalogue SET version = version + 1`
)

// replace writes what differs, and raises the version if anything does.
func (t smallTable[T]) replace(ctx context.Context, tx pgx.Tx, lines []tableLine[T]) (r ImportReport, err error) {
	if _, err := tx.Exec(ctx, lockCatalogue); err != nil {
		return r, fmt.Errorf("lock the version: %w", err)
	}
	sql := t.selectSQL()
	if t.locked {
		sql += " FOR UPDATE"
	}
	rows, _ := tx.Query(ctx, sql) // the error comes out of CollectRows
	old, err := pgx.CollectRows(rows, t.scan)
	if err != nil {
		return r, fmt.Errorf("read what there is: %w", err)
	}
	if t.against != nil {
		var faults importFaults
		t.against(lines, old, &faults)
		if err := faults.err(0); err != nil {
			return r, err
		}
	}
	put, drop, r := t.compare(lines, old)
	if len(put)+len(drop) == 0 {
		return r, nil
	}
	if err := t.write(ctx, tx, put, drop); err != nil {
		return r, err
	}
	_, err = tx.Exec(ctx, raiseCatalogue)
	return r, err
}

// compare tells which rows are to be written and which are to be removed.
func (t smallTable[T]) compare(lines []tableLine[T], old []T) (put, drop []T, r ImportReport) {
	before := make(map[any]T, len(old))
	for _, row := range old {
		before[t.key(row)] = row
	}
	r.Lines = int64(len(lines))
	for _, l := range lines {
		key := t.key(l.row)
		was, known := before[key]
		delete(before, key)
		switch {
		case known && was == l.row:
			r.Unchanged++
			continue
		case known:
			r.Updated++
		default:
			r.Inserted++
		}
		put = append(put, l.row)
	}
	r.Removed = int64(len(before))
	return put, slices.Collect(maps.Values(before)), r
}

// write sends as many rows at a time as are no burden.
func (t smallTable[T]) write(ctx context.Context, tx pgx.Tx, put, drop []T) error {
	var b pgx.Batch
	for i := range put {
		b.Queue(t.putSQL(), t.where(&put[i])...)
	}
	for i := range drop {
		b.Queue(t.dropSQL(), t.where(&drop[i])[:t.keys]...)
	}
	for some := range slices.Chunk(b.QueuedQueries, 1000) {
		res := tx.SendBatch(ctx, &pgx.Batch{QueuedQueries: some})
		for range some {
			if _, err := res.Exec(); err != nil {
				_ = res.Close()
				return fmt.Errorf("write: %w", err)
			}
		}
		if err := res.Close(); err != nil {
			return fmt.Errorf("write: %w", err)
		}
	}
	return nil
}

func (t smallTable[T]) scan(row pgx.CollectableRow) (v T, err error) {
	err = row.Scan(t.where(&v)...)
	return v, err
}

// selectSQL reads all rows, in the order of the key.
func (t smallTable[T]) selectSQL() string {
	return "SELECT " + strings.Join(t.columns, ", ") + " FROM " + t.name + " ORDER BY " + strings.Join(t.columns[:t.keys], ", ")
}

func (t smallTable[T]) putSQL() string {
	var values, set []string
	for i, column := range t.columns {
		values = append(values, fmt.Sprintf("$%d", i+1))
		if i >= t.keys {
			set = append(set, column+" = excluded."+column)
		}
	}
	return "INSERT INTO " + t.name + " (" + strings.Join(t.columns, ", ") + ") VALUES (" + strings.Join(values, ", ") + ")" +
		" ON CONFLICT (" + strings.Join(t.columns[:t.keys], ", ") + ") DO UPDATE SET " + strings.Join(set, ", ")
}

func (t smallTable[T]) dropSQL() string {
	var match []string
	for i, column := range t.columns[:t.keys] {
		match = append(match, fmt.Sprintf("%s = $%d", column, i+1))
	}
	return "DELETE FROM " + t.name + " WHERE " + strings.Join(match, " AND ")
}

// repeated finds the lines that say again what a line before them says.
func repeated[T comparable, K comparable](lines []tableLine[T], column, what string, key func(T) K, faults *importFaults) {
	first := make(map[K]int64, len(lines))
	for _, l := range lines {
		k := key(l.row)
		if n, again := first[k]; again {
			faults.add(ImportFault{l.number, column, fmt.Sprintf("%s stands on line %d already", what, n)})
		} else {
			first[k] = l.number
		}
	}
}
