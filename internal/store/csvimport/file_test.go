package csvimport_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"carrierhook/internal/store/csvimport"
)

// However the file is written: columns in any order, a mark at its start, both
// line ends, quoted newlines, empty lines, no newline at its end.
func TestDialects(t *testing.T) {
	t.Parallel()
	for _, file := range []string{
		"\uFEFFwaybill_id,biz_id,order_id\r\nW1,B,O1\r\n",
		" waybill_id , biz_id,\"order_id\"\n\n W1\t,\"B\",\"O1\n\"",
	} {
		d := newDatabase(t, "B")
		d.imports(csvimport.Waybills, "1 new", file)
		if got := d.text(`SELECT concat_ws(',', biz_id, waybill_id, order_id) FROM waybill`); got != "B,W1,O1" {
			t.Errorf("%q: got %s", file, got)
		}
	}
}

// Lines are the file's lines, also after a record that takes several.
func TestLineNumbers(t *testing.T) {
	t.Parallel()
	newDatabase(t).refused(csvimport.Merchants, "biz_id,biz_pwd\nA,\"1\n2\n3\"\n\nB,y\n,x\n", "line 7, column biz_id: is empty")
}

// pattern repeats text for ever, counts what was taken, and ends with an error
// after size bytes.
type pattern struct {
	text  string
	size  int
	taken int
	end   func() error
}

func (p *pattern) Read(b []byte) (int, error) {
	if p.taken >= p.size {
		return 0, p.end()
	}
	n := copy(b, p.text[p.taken%len(p.text):])
	p.taken += n
	return n, nil
}

// Neither a quote that is not closed nor a table that servers could not keep in memory
// pulls the whole file in.
func TestEndlessFiles(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ kind, start, text, want string }{
		{"merchants", "biz_id,no_password\nA,yes\n\"B", "x,y\n", "line 3: is longer than 1 MiB (is a quote not closed?); the file was not read further"},
		{"ranges", samples["ranges"].header + "\n", "a,A,1,none,0,9,carrier\n", "line 1002: the table holds 1000 lines at most; the file was not read further"},
	} {
		d := newDatabase(t)
		rest := &pattern{text: tt.text, size: 64 << 20, end: func() error { return io.EOF }}
		_, err := d.Import(t.Context(), samples[tt.kind].kind, io.MultiReader(strings.NewReader(tt.start), rest))
		d.wantProblems(err, tt.want)
		if rest.taken > 2<<20 || d.rows(samples[tt.kind].table) != "" {
			t.Errorf("%s: %d bytes were read, or something was loaded", tt.kind, rest.taken)
		}
	}
}

// A file goes to Postgres while it is read: at its end no more than a batch is still
// here. One that cannot be read to its end loads nothing.
func TestStreams(t *testing.T) {
	t.Parallel()
	var sent atomic.Int64
	d := newDatabase(t)
	d.tap(func(b []byte) { sent.Add(int64(bytes.Count(b, []byte("p")))) })
	const lines, width = 19_999, 100
	atEnd := int64(0)
	d.wantBroken(streamed(lines, width, func() { atEnd = sent.Load() / width }), lines)
	if kept := lines - atEnd; kept < 0 || kept > 5000 {
		t.Errorf("at the end of %d lines %d were on their way to Postgres", lines, atEnd)
	}
}

var errDisk = errors.New("the disk is gone")

// streamed is a file of merchants, with so many letters p in each line, that cannot be
// read to its end. The bad line spares the hashing.
func streamed(lines, width int, atEnd func()) io.Reader {
	line := strings.Repeat("p", width) + ",x," + strings.Repeat(" ", 400) + "true\n"
	file := &pattern{text: line, size: lines * len(line), end: func() error {
		atEnd()
		return errDisk
	}}
	return io.MultiReader(strings.NewReader("biz_id,biz_pwd,cancel_allowed\nA,,\n"), file)
}

func (d *database) wantBroken(file io.Reader, lines int64) {
	d.Helper()
	report, err := d.Import(d.Context(), csvimport.Merchants, file)
	if want := fmt.Sprintf("read after line %d", lines+2); !errors.Is(err, errDisk) || !strings.Contains(err.Error(), want) || report.Lines < lines {
		d.Errorf("after %d lines: %v", report.Lines, err)
	}
	if got := d.rows("merchant"); got != "" {
		d.Errorf("merchants were loaded: %s", got)
	}
}
