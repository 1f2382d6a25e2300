package store

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// importLineLimit is the most bytes that one line of a file may have. It is far
// beyond what the columns hold: it is there for the quote that nobody closed,
// which would otherwise pull the rest of the file into memory.
const importLineLimit = 1 << 20

var errImportLineLong = errors.New("line is too long")

// importFile reads a CSV file line by line. What is wrong with a line goes to
// faults; only what is wrong with reading is an error.
type importFile struct {
	csv    *csv.Reader
	limit  *lineLimit
	faults *importFaults
	names  []string       // the header
	at     map[string]int // where in it each column stands
	last   int64          // the number of the last line that was read
}

// openImportFile reads the header. A header that is wrong is an *ImportError.
func openImportFile(r io.Reader, required, optional []string, faults *importFaults) (*importFile, error) {
	limit := &lineLimit{r: withoutBOM(r)}
	f := &importFile{csv: csv.NewReader(limit), limit: limit, faults: faults, at: map[string]int{}}
	f.csv.FieldsPerRecord = -1 // counted here, with words of our own
	header, line, err := f.read()
	switch {
	case err == io.EOF && faults.count == 0:
		faults.add(ImportFault{Line: 1, Problem: "the file is empty; its first line must name the columns"})
	case err != nil && err != io.EOF:
		return nil, fmt.Errorf("import: read the header: %w", err)
	case header != nil:
		f.readHeader(header, line, required, optional)
	}
	return f, faults.err(0)
}

// readHeader does not show the names that it does not know: in a file without a
// header they are somebody's data, a password perhaps.
func (f *importFile) readHeader(names []string, line int64, required, optional []string) {
	known := slices.Concat(required, optional)
	for i, name := range names {
		name = strings.TrimSpace(name)
		if f.has(name) {
			f.faults.add(ImportFault{line, name, "stands in the header twice"})
		} else if slices.Contains(known, name) {
			f.at[name] = i
		} else {
			f.faults.add(ImportFault{line, strconv.Itoa(i + 1),
				"the header must name one of " + strings.Join(known, ", ") + " here"})
		}
		f.names = append(f.names, name)
	}
	for _, name := range required {
		if !f.has(name) {
			f.faults.add(ImportFault{line, name, "is missing in the header"})
		}
	}
}

func (f *importFile) has(column string) bool {
	_, ok := f.at[column]
	return ok
}

// next reads one line; it is nil when there is a fault instead. The end of the
// file is io.EOF.
func (f *importFile) next() (*importLine, error) {
	record, line, err := f.read()
	if record == nil || err != nil {
		return nil, err
	}
	if want, got := len(f.names), len(record); got != want {
		f.faults.add(ImportFault{line, "", fmt.Sprintf("has %d fields, but the header has %d", got, want)})
		return nil, nil
	}
	return &importLine{number: line, file: f, record: record}, nil
}

// read returns the next record and the number of its first line. What is no
// CSV, or not UTF-8, becomes a fault and a nil record.
func (f *importFile) read() ([]string, int64, error) {
	f.limit.left = importLineLimit
	record, err := f.csv.Read()
	if broken, ok := errors.AsType[*csv.ParseError](err); ok {
		f.last = int64(broken.Line)
		f.faults.add(ImportFault{int64(broken.StartLine), "", broken.Err.Error()})
		return nil, 0, nil
	}
	if errors.Is(err, errImportLineLong) {
		f.faults.add(ImportFault{f.last + 1, "",
			"is longer than 1 MiB (is a quote not closed?); the file was not read further"})
		return nil, 0, io.EOF
	}
	if err != nil {
		return nil, 0, err
	}
	line, _ := f.csv.FieldPos(0)
	end, _ := f.csv.FieldPos(len(record) - 1)
	f.last = int64(end + strings.Count(record[len(record)-1], "\n"))
	if i := slices.IndexFunc(record, func(cell string) bool { return !utf8.ValidString(cell) }); i >= 0 {
		f.faults.add(ImportFault{int64(line), f.columnName(i), "is not UTF-8"})
		return nil, 0, nil
	}
	return record, int64(line), nil
}

// columnName is the i-th column's name or, in the header and beyond it, its
// number.
func (f *importFile) columnName(i int) string {
	if i < len(f.names) {
		return f.names[i]
	}
	return strconv.Itoa(i + 1)
}

// lineLimit fails when more than left bytes are read.
type lineLimit struct {
	r    io.Reader
	left int
}

func (l *lineLimit) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errImportLineLong
	}
	n, err := l.r.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}

// withoutBOM drops the mark that spreadsheets put in front of UTF-8.
func withoutBOM(r io.Reader) io.Reader {
	b := bufio.NewReader(r)
	if mark, err := b.Peek(3); err == nil && string(mark) == "\uFEFF" {
		_, _ = b.Discard(len(mark)) // they are in the buffer
	}
	return b
}
