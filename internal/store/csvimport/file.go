package csvimport

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// maxLine is how many bytes one line of a file may have. It is far beyond what the
// columns hold: it is for the quote that was not closed, which would otherwise pull
// the rest of the file into memory.
const maxLine = 1 << 20

// file reads a CSV file line by line. What is wrong with a line goes to problems;
// only a failure to read is an error.
type file struct {
	csv      *csv.Reader
	limit    *io.LimitedReader
	problems *Problems
	names    []string       // the header
	at       map[string]int // the index in it of each column
	last     int64          // the number of the last line that was read
	latest   time.Time      // later times are in the future
}

// openFile reads the header. A header that is wrong is an *Error.
func openFile(r io.Reader, kind Kind, problems *Problems) (*file, error) {
	b := bufio.NewReader(r)
	limit := &io.LimitedReader{R: b}
	f := &file{csv: csv.NewReader(limit), limit: limit, problems: problems, at: map[string]int{}}
	f.csv.FieldsPerRecord = -1 // counted here, for a text of our own
	head, _ := b.Peek(3)       // what cannot be read is read again below
	switch {
	case string(head) == "\uFEFF": // spreadsheets put it in front of UTF-8
		_, _ = b.Discard(len(head)) // they are in the buffer
	case isUTF16(head):
		problems.add(1, "", "the file is UTF-16: save it as CSV UTF-8")
		return nil, problems.err(0)
	}
	header, err := f.read()
	switch {
	case err == io.EOF && problems.Count == 0:
		problems.add(1, "", "the file is empty; its first line must name the columns")
	case err != nil && err != io.EOF:
		return nil, fmt.Errorf("import: read the header: %w", err)
	case header != nil:
		f.readHeader(header, kind)
	}
	return f, problems.err(0)
}

// readHeader does not show the names that it does not know: in a file without a
// header they are data, a password perhaps.
func (f *file) readHeader(header *line, kind Kind) {
	required, optional := kind.Columns()
	known := slices.Concat(required, optional)
	for i, name := range header.cells {
		name = strings.TrimSpace(name)
		if err := checkVisible(name); err != nil {
			if visible := strings.Map(dropInvisible, name); slices.Contains(known, visible) {
				header.problem(visible, err.Error())
				name = visible
			}
		}
		if f.has(name) {
			header.problem(name, "stands in the header twice")
		} else if slices.Contains(known, name) {
			f.at[name] = i
		} else {
			header.problem(strconv.Itoa(i+1), "the header must name one of "+strings.Join(known, ", ")+" here")
		}
		f.names = append(f.names, name)
	}
	for _, name := range required {
		if !f.has(name) {
			header.problem(name, "is missing in the header")
		}
	}
}

func (f *file) has(column string) bool {
	_, ok := f.at[column]
	return ok
}

// next reads one line; it is nil when there is a problem instead. The end of the
// file is io.EOF. Rows of empty cells are passed over: a spreadsheet exports them from
// below its last line.
func (f *file) next() (*line, error) {
	for {
		l, err := f.read()
		if l == nil || err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(l.cells, func(cell string) bool { return cell != "" }) {
			continue
		}
		if want, got := len(f.names), len(l.cells); got != want {
			l.problem("", fmt.Sprintf("has %d fields, but the header has %d", got, want))
			return nil, nil
		}
		return l, nil
	}
}

// read is next for a line with any number of fields. Where the encoding is wrong it is wrong
// for all that follows: it is named once, and the file ends.
func (f *file) read() (*line, error) {
	f.limit.N = maxLine
	cells, err := f.csv.Read()
	if f.limit.N == 0 {
		f.problems.add(f.last+1, "", "is longer than 1 MiB (is a quote not closed?); the file was not read further")
		return nil, io.EOF
	}
	if broken, ok := errors.AsType[*csv.ParseError](err); ok {
		f.last = int64(broken.Line)
		f.problems.add(int64(broken.StartLine), "", broken.Err.Error())
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	first, _ := f.csv.FieldPos(0)
	end, _ := f.csv.FieldPos(len(cells) - 1)
	f.last = int64(end + strings.Count(cells[len(cells)-1], "\n"))
	l := &line{number: int64(first), file: f, cells: cells}
	if i := slices.IndexFunc(cells, func(cell string) bool { return !utf8.ValidString(cell) }); i >= 0 {
		column, guess := strconv.Itoa(i+1), "" // in the header and beyond it
		if i < len(f.names) {
			column = f.names[i]
		}
		if isGBK(cells[i]) {
			guess = ", but GBK as it seems"
		}
		l.problem(column, "is not UTF-8"+guess+": save the file as CSV UTF-8; it was not read further")
		return nil, io.EOF
	}
	return l, nil
}

// isUTF16 tells by a byte order mark, or by the half of a column's first letter.
func isUTF16(head []byte) bool {
	return len(head) >= 2 && (string(head[:2]) == "\xff\xfe" || string(head[:2]) == "\xfe\xff" || head[0] == 0 || head[1] == 0)
}

// isGBK tells whether a text that is not UTF-8 is pairs of bytes as GBK has them.
func isGBK(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] < 0x80 {
			continue
		}
		if i++; i == len(text) || text[i-1] == 0x80 || text[i-1] == 0xff || text[i] < 0x40 || text[i] == 0x7f || text[i] == 0xff {
			return false
		}
	}
	return true
}
