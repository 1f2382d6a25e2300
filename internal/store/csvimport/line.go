package csvimport

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"carrierhook/internal/input"
)

// line is one line of the file, whose cells are read by column name. A column that
// the file does not have is an empty cell.
type line struct {
	number int64
	file   *file
	cells  []string
	before int64 // how many problems there were before it
}

// reader reads a cell into the value of a staged column. What cannot be read becomes
// a problem of the line.
type reader = func(l *line, column string) any

func (l *line) problem(column, text string) { l.file.problems.add(l.number, column, text) }

// ok tells whether the line has no problem yet.
func (l *line) ok() bool { return l.file.problems.count == l.before }

// cell is the text as it is in the file.
func (l *line) cell(column string) string {
	if i, ok := l.file.at[column]; ok {
		return l.cells[i]
	}
	return ""
}

func (l *line) trimmed(column string) string { return strings.TrimSpace(l.cell(column)) }

func id(maxBytes int) reader { return clean(input.CleanID, maxBytes) }

// text is id for a cell that may be empty.
func text(maxBytes int) reader { return clean(input.CleanText, maxBytes) }

// rounded is how spreadsheets write a number of many digits.
var rounded = regexp.MustCompile(`^[-+]?[0-9](\.[0-9]+)?[eE][-+][0-9]+$`)

// clean refuses what a spreadsheet has made of an id, which would load another one.
func clean(clean func(string, int) (string, error), maxBytes int) reader {
	return func(l *line, column string) any {
		s, err := clean(l.cell(column), maxBytes)
		if rounded.MatchString(s) {
			l.problem(column, "is a number that a spreadsheet has rounded, as in 6.1E+11: format the column as text and export the file again")
		} else if strings.HasPrefix(s, "=") {
			l.problem(column, "is a formula of a spreadsheet: export the file with values only")
		}
		if errors.Is(err, input.ErrLong) {
			err = fmt.Errorf("%w: at most %d bytes", err, maxBytes)
		}
		if err != nil {
			l.problem(column, err.Error())
		}
		return s
	}
}

// decimal reads a number that is not below minimum, 0 or 1, with so many decimals or
// fewer, and gives it in units of the last one: 1.5 with three decimals is 1500.
func decimal(decimals int, minimum int64) reader {
	return func(l *line, column string) any {
		text := l.trimmed(column)
		n, ok := input.Decimal{Places: decimals}.Parse(text)
		switch {
		case text == "":
			l.problem(column, input.ErrEmpty.Error())
		case !ok && decimals == 0:
			l.problem(column, fmt.Sprintf("%q is not a whole number like 15, or is too large", shortened(text)))
		case !ok:
			l.problem(column, fmt.Sprintf("%q is not a number like 15 or 1.5 with at most %d decimals, or is too large", shortened(text), decimals))
		case n < minimum:
			l.problem(column, "is 0")
		}
		return n
	}
}

// flag is nil for an empty cell. A cell that is neither yes nor no is not shown.
func flag(l *line, column string) any {
	switch strings.ToLower(l.trimmed(column)) {
	case "":
		return nil
	case "true", "t", "yes", "y", "on", "1":
		return true
	case "false", "f", "no", "n", "off", "0":
		return false
	}
	l.problem(column, "is neither true nor false")
	return nil
}

// requiredFlag is flag for a cell that must not be empty.
func requiredFlag(l *line, column string) any {
	if l.trimmed(column) == "" {
		l.problem(column, input.ErrEmpty.Error())
	}
	return flag(l, column)
}

// timeLayouts are RFC 3339 and how Postgres shows a time. Each also takes a
// fraction of a second. What has no zone is UTC.
var timeLayouts = []string{
	time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05-07", "2006-01-02 15:04:05",
}

// A year outside is a mistyped one, or another unit.
const minYear, maxYear = 1970, 2100

// timestamp is nil for an empty cell.
func timestamp(l *line, column string) any {
	text := l.trimmed(column)
	if text == "" {
		return nil
	}
	for _, layout := range timeLayouts {
		t, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		if t = t.UTC(); t.Year() < minYear || t.Year() > maxYear {
			l.problem(column, fmt.Sprintf("%q is not in the years %d to %d", shortened(text), minYear, maxYear))
		}
		return t
	}
	l.problem(column, fmt.Sprintf("%q is not a time like 2026-11-21T08:00:00+08:00 or 2026-11-21 00:00:00", shortened(text)))
	return nil
}

// shortened keeps a cell that is shown from filling the screen.
func shortened(text string) string {
	const limit = 40
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return text
}
