package csvimport

import (
	"fmt"
	"strings"
	"time"
)

// line is one line of the file, whose cells are read by column name. A column that
// the file does not have is an empty cell.
type line struct {
	number int64
	file   *file
	cells  []string
}

func (l *line) problem(column, text string) { l.file.problems.add(l.number, column, text) }

// cell is the text as it is in the file.
func (l *line) cell(column string) string {
	if i, ok := l.file.at[column]; ok {
		return l.cells[i]
	}
	return ""
}

func (l *line) trimmed(column string) string { return strings.TrimSpace(l.cell(column)) }

// values are the line's number and its staged columns. What cannot be read becomes a
// problem, and the values are of no use.
func (l *line) values(columns []column) (row []any, ok bool) {
	before := l.file.problems.Count
	for i, cell := range l.cells {
		if err := checkVisible(cell); err != nil {
			l.problem(l.file.names[i], err.Error())
		}
	}
	if l.file.problems.Count > before {
		return nil, false // what else is wrong with it may be due to that
	}
	row = append(make([]any, 0, 1+len(columns)), l.number)
	for _, c := range columns {
		if c.readLine != nil {
			row = append(row, c.readLine(l))
			continue
		}
		v, err := c.read(l.cell(c.from()))
		if at, ok := v.(time.Time); ok && at.After(l.file.latest) {
			err = fmt.Errorf("%q is in the future; a time without a zone is UTC", shortened(l.trimmed(c.from())))
		}
		if err != nil {
			l.problem(c.from(), err.Error())
		}
		row = append(row, v)
	}
	return row, l.file.problems.Count == before
}
