package store

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"carrierhook/internal/input"
	"carrierhook/internal/waybill"
)

// importLine is one line of the file, whose cells are read by column name. A
// column that the file does not have is an empty cell. What cannot be read
// becomes a fault of the file.
type importLine struct {
	number int64
	file   *importFile
	record []string
}

func (l *importLine) fault(column, problem string) {
	l.file.faults.add(ImportFault{l.number, column, problem})
}

// cell is the text as it stands in the file.
func (l *importLine) cell(column string) string {
	if i, ok := l.file.at[column]; ok {
		return l.record[i]
	}
	return ""
}

func (l *importLine) id(column string, most int) string {
	id, err := input.CleanID(l.cell(column), most)
	l.textFault(column, most, err)
	return id
}

func (l *importLine) text(column string) string {
	s, err := input.CleanText(l.cell(column), waybill.MaxID)
	l.textFault(column, waybill.MaxID, err)
	return s
}

func (l *importLine) textFault(column string, most int, err error) {
	if errors.Is(err, input.ErrLong) {
		err = fmt.Errorf("%w: at most %d bytes", err, most)
	}
	if err != nil {
		l.fault(column, err.Error())
	}
}

// set tells whether the cell has something in it.
func (l *importLine) set(column string) bool { return strings.TrimSpace(l.cell(column)) != "" }

// status is empty for an empty cell; ok is false after a fault.
func (l *importLine) status(column string) (s waybill.Status, ok bool) {
	name := strings.TrimSpace(l.cell(column))
	if name == "" {
		return "", true
	}
	s, err := waybill.ParseStatus(name)
	if err != nil {
		_, err = waybill.ParseStatus(shortened(name))
		l.fault(column, err.Error())
	}
	return s, err == nil
}

// time is nil for an empty cell.
func (l *importLine) time(column string) any {
	text := strings.TrimSpace(l.cell(column))
	if text == "" {
		return nil
	}
	t, err := parseImportTime(text)
	if err != nil {
		l.fault(column, err.Error())
	}
	return t
}

// flag is nil for an empty cell. A cell that is neither yes nor no is not shown.
func (l *importLine) flag(column string) any {
	switch strings.ToLower(strings.TrimSpace(l.cell(column))) {
	case "":
		return nil
	case "true", "t", "yes", "y", "on", "1":
		return true
	case "false", "f", "no", "n", "off", "0":
		return false
	}
	l.fault(column, "is neither true nor false")
	return nil
}

// importTimes are RFC 3339 and how Postgres shows a time. Each also takes a
// fraction of a second. What has no zone is UTC.
var importTimes = []string{
	time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05-07", "2006-01-02 15:04:05",
}

// A year outside is a slip of the keyboard, or of a unit.
const importFirstYear, importLastYear = 1970, 2100

func parseImportTime(text string) (time.Time, error) {
	for _, layout := range importTimes {
		t, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		if t = t.UTC(); t.Year() < importFirstYear || t.Year() > importLastYear {
			return time.Time{}, fmt.Errorf("%q is not in the years %d to %d", shortened(text), importFirstYear, importLastYear)
		}
		return t, nil
	}
	return time.Time{}, fmt.Errorf("%q is not a time like 2026-11-21T08:00:00+08:00 or 2026-11-21 00:00:00", shortened(text))
}

// shortened keeps a cell that is shown from filling the screen.
func shortened(text string) string {
	const most = 40
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
