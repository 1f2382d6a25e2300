package csvimport

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// filler completes the statements below, and those of the kind, for a file with these
// columns.
func (k Kind) filler(has func(column string) bool) func(sql string) string {
	staged := []string{"NULL::bigint AS line"}
	var match, columns, values, set, was, is []string
	for _, c := range k.columns {
		if c.typ != "" {
			staged = append(staged, fmt.Sprintf("NULL::%s AS %s", c.typ, c.name))
			continue
		}
		inserted, updated := "l."+c.name, cmp.Or(c.updated, "l."+c.name)
		if c.fallback != "" {
			inserted = fmt.Sprintf("coalesce(l.%s, %s)", c.name, c.fallback)
			updated = fmt.Sprintf("coalesce(l.%s, w.%[1]s)", c.name)
		}
		staged, columns, values = append(staged, c.name), append(columns, c.name), append(values, inserted)
		if !slices.Contains(k.key, c.name) && (c.fallback != "" || has(c.from())) {
			was, is, set = append(was, "w."+c.name), append(is, updated), append(set, c.name+" = "+updated)
		}
	}
	for _, column := range k.key {
		match = append(match, fmt.Sprintf("w.%s = l.%[1]s", column))
	}
	differs := "ROW(" + strings.Join(was, ", ") + ") IS DISTINCT FROM ROW(" + strings.Join(is, ", ") + ")"
	if k.second != nil && has(k.second.column) {
		differs += " OR " + k.second.differs
	}
	if k.also != "" {
		set = append(set, k.also)
	}
	return strings.NewReplacer(
		"{table}", k.table,
		"{staged}", strings.Join(staged, ", "),
		"{columns}", strings.Join(columns, ", "),
		"{values}", strings.Join(values, ", "),
		"{set}", strings.Join(set, ", "),
		"{key}", "l."+strings.Join(k.key, ", l."),
		"{first}", k.key[0],
		"{match}", strings.Join(match, " AND "),
		"{differs}", "("+differs+")",
		"{follows}", "("+cmp.Or(k.follows, "true")+")",
		"{chunk}", "l.n > $1 AND l.n <= $2",
	).Replace
}

// repeated is a check of the file: no two lines may have these columns in common. The
// problem names one column of the file, or none, and says what was repeated.
func repeated(columns, column, what string) string {
	return fmt.Sprintf(`SELECT line, '%s', '%s stands on line ' || first || ' already'
		FROM (SELECT line, min(line) OVER (PARTITION BY %s) AS first FROM import_line) AS l
		WHERE line > first`, column, what, columns)
}

// insertSQL, updateSQL and backwardsSQL load a chunk: the lines with n in ($1, $2].
const (
	// The columns have the types and the collations of the table.
	stageSQL = `CREATE TEMPORARY TABLE import_line AS SELECT {staged} FROM {table} WITH NO DATA`

	// The lines that the table does not say already, numbered in the order of the key,
	// which is the order of locks.
	changesSQL = `CREATE TEMPORARY TABLE import_row AS
		SELECT row_number() OVER (ORDER BY {key}) AS n, l.*
		FROM import_line l
		LEFT JOIN {table} w ON {match}
		WHERE w.{first} IS NULL OR {differs}`

	removeSQL = `DELETE FROM {table} w WHERE NOT EXISTS (SELECT FROM import_line l WHERE {match})`

	insertSQL = `INSERT INTO {table} ({columns})
		SELECT {values}
		FROM import_row l
		WHERE {chunk} AND NOT EXISTS (SELECT FROM {table} w WHERE {match})
		ORDER BY l.n`

	// Rows are locked in the order of l.n, which is the key's, and what decides
	// about a row is looked at once more when it is locked: another transaction may
	// have moved the row on. Rows that would not change are not even locked.
	updateSQL = `WITH changed AS MATERIALIZED (
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

	backwardsSQL = `SELECT l.line, '', format('waybill %s is %s and does not go back to %s', l.waybill_id, w.status, l.status)
		FROM import_row l
		JOIN {table} w ON {match}
		WHERE {chunk} AND NOT {follows}`
)
