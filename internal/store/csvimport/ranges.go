package csvimport

import (
	"context"
	"fmt"
	"strings"

	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
)

// usedRange tells, in SQL, whether numbers of a range of the carrier's own may be in use.
const usedRange = `NOT w.wechats AND w.next <> w.first`

// changedRange tells whether something else than its last number changes.
const changedRange = `ROW(w.prefix, w.width, w.check_digit, w.first, w.wechats) IS DISTINCT FROM ROW(l.prefix, l.width, l.check_digit, l.first, l.wechats)`

// Ranges of waybill numbers replace the table. The owner is wechat for a range whose
// numbers WeChat gives, carrier for one whose numbers the carrier gives. Two ranges
// that could have the same number are a problem. How far a range of the carrier's own
// has been used up is kept, and of one that has been used, even a little, only last may
// change, and not below that: else a number could be given out twice.
var Ranges = Kind{
	table: "number_range",
	key:   []string{"name"},
	limit: 1000,
	lock:  `SELECT FROM number_range ORDER BY name FOR UPDATE`, // servers lease numbers meanwhile
	columns: []column{
		{name: "name", read: id(waybill.MaxID)},
		{name: "prefix", read: text(waybill.MaxID)},
		{name: "width", read: width},
		{name: "check_digit", read: checkDigit},
		{name: "first", read: decimal(0, 0)},
		{name: "last", read: decimal(0, 0)},
		{name: "wechats", file: "owner", read: owner},
		{name: "next", file: "first", readLine: func(l *line) any { n, _ := decimal(0, 0)(l.cell("first")); return n },
			updated: "CASE WHEN " + usedRange + " THEN w.next ELSE l.next END"},
	},
	fileChecks: []string{repeated("name", "name", "the range")},
	checkAll:   checkRanges,
	databaseChecks: []string{
		`SELECT l.line, 'owner', 'the range is WeChat''s, and which of its numbers are in use is not known; give the carrier a range of another name and other numbers'
			FROM import_row l JOIN number_range w ON w.name = l.name
			WHERE {chunk} AND w.wechats AND NOT l.wechats`,
		`SELECT (SELECT max(line) FROM import_line), '', 'after this line the range ' || w.name || ' is missing: it has been used and cannot be removed'
			FROM number_range w
			WHERE ` + usedRange + ` AND NOT EXISTS (SELECT FROM import_line l WHERE l.name = w.name) AND $1::bigint <= $2::bigint`,
		`SELECT l.line, '', 'the range has been used: only last can change'
			FROM import_row l JOIN number_range w ON w.name = l.name
			WHERE {chunk} AND ` + usedRange + ` AND ` + changedRange,
		`SELECT l.line, 'last', 'the range has been used up to ' || w.next - 1
			FROM import_row l JOIN number_range w ON w.name = l.name
			WHERE {chunk} AND ` + usedRange + ` AND NOT (` + changedRange + `) AND l.last < w.next - 1`,
	},
}

func checkDigit(cell string) (any, error) {
	check, err := waybill.ParseCheckDigit(strings.ToLower(strings.TrimSpace(cell)))
	if err != nil {
		err = fmt.Errorf("%q is none of %v", shortened(cell), waybill.CheckDigits())
	}
	return string(check), err
}

func owner(cell string) (any, error) {
	name := strings.ToLower(strings.TrimSpace(cell))
	if name != "wechat" && name != "carrier" {
		return nil, fmt.Errorf("%q is neither wechat nor carrier", shortened(name))
	}
	return name == "wechat", nil
}

// width keeps what is too large in the bounds of the column, for checkRanges to refuse.
func width(cell string) (any, error) {
	n, err := decimal(0, 1)(cell)
	if err != nil {
		return nil, err
	}
	return min(n.(int64), 1_000_000), nil
}

// checkRanges names the lines of ranges that overlap, which waybill.CheckRanges does
// not know.
func checkRanges(ctx context.Context, im *importer) error {
	type rangeLine struct {
		waybill.NumberRange
		Line int64
	}
	rows, _ := im.conn.Query(ctx, `SELECT name, prefix, width, check_digit, first, last, wechats, line FROM import_line ORDER BY line`)
	lines, err := pgx.CollectRows(rows, pgx.RowToStructByPos[rangeLine]) // also Query's error
	ranges, before := make([]waybill.NumberRange, len(lines)), im.problems.Count
	for i, l := range lines {
		ranges[i] = l.NumberRange
		if err := l.Validate(); err != nil {
			im.problems.add(l.Line, "", err.Error())
		}
	}
	if err != nil || im.problems.Count > before || waybill.CheckRanges(ranges) == nil {
		return err
	}
	for i, r := range ranges {
		for j, earlier := range ranges[:i] {
			if waybill.CheckRanges([]waybill.NumberRange{earlier, r}) != nil {
				im.problems.add(lines[i].Line, "", fmt.Sprintf("could have the same number as the range %s on line %d", earlier.Name, lines[j].Line))
				break
			}
		}
	}
	return nil
}
