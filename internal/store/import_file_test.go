package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"carrierhook/internal/store"
	"carrierhook/internal/store/csvimport"
)

// A bad line is named by number and column, and then nothing is loaded.
func TestImportWaybillsProblems(t *testing.T) {
	t.Parallel()
	d := newImportStore(t, "B")
	const header = "biz_id,waybill_id,order_id,shop_app_id,status,booked_at,collected_at,signed_at,cancelled_at\n"
	const good = "B,W1,O1,,,,,,\n"
	const saveAs = ": save the file as CSV UTF-8; it was not read further"
	const spreadsheet = "is a number that a spreadsheet has rounded, as in 6.1E+11: format the column as text and export the file again"
	long := strings.Repeat("x", 129)
	for _, tt := range []struct{ name, line, want string }{
		{"too few fields", "B,W2,O2", "line 3: has 3 fields, but the header has 9"},
		{"empty id", ",W2,O2,,,,,,", "line 3, column biz_id: is empty"},
		{"blank id", "B,\" \t\",O2,,,,,,", "line 3, column waybill_id: is empty"},
		{"long id", "B," + long + ",O2,,,,,,", "line 3, column waybill_id: is too long: at most 128 bytes"},
		{"long order", "B,W2," + strings.Repeat("x", 513) + ",,,,,,", "line 3, column order_id: is too long: at most 512 bytes"},
		{"long app id", "B,W2,O2," + long + ",,,,,", "line 3, column shop_app_id: is too long: at most 128 bytes"},
		{"control character", "B,W\x002,O2,,,,,,", "line 3, column waybill_id: has a control character"},
		{"newline inside", "B,\"W\n2\",O2,,,,,,", "line 3, column waybill_id: has a control character"},
		{"not UTF-8", "B,W\xff,O2,,,,,,\nB,\xff,,,,,,,", "line 3, column waybill_id: is not UTF-8" + saveAs},
		{"half a character of GBK", "B,\xb5\xa5\xba,O2,,,,,,", "line 3, column waybill_id: is not UTF-8" + saveAs},
		{"GBK", "B,W2,\xb6\xa9\xb5\xa5 1,,,,,,\nB,W3,\xb6\xa9\xb5\xa5 2,,,,,,", "line 3, column order_id: is not UTF-8, but GBK as it seems" + saveAs},
		{"rounded number", "B,6.12206E+11,O2,,,,,,", "line 3, column waybill_id: " + spreadsheet},
		{"rounded number of another program", "B,W2,O2,1e+20,,,,,", "line 3, column shop_app_id: " + spreadsheet},
		{"formula", `B,"=""770001""",O2,,,,,,`, "line 3, column waybill_id: is a formula of a spreadsheet: export the file with values only"},
		{"bare quote", "B,W\"2,O2,,,,,,", `line 3: bare " in non-quoted-field`},
		{"unknown status", "B,W2,O2,,lost,,,,", `line 3, column status: unknown status "lost"; known are [booked collected in_transit out_for_delivery signed cancelled]`},
		{"no time", "B,W2,O2,,,yesterday,,,", `line 3, column booked_at: "yesterday" is not a time like 2026-11-21T08:00:00+08:00 or 2026-11-21 00:00:00`},
		{"old time", "B,W2,O2,,,1969-12-31 23:59:59,,,", `line 3, column booked_at: "1969-12-31 23:59:59" is not in the years 1970 to 2100`},
		{"far time", "B,W2,O2,,,2101-01-01 00:00:00,,,", `line 3, column booked_at: "2101-01-01 00:00:00" is not in the years 1970 to 2100`},
		{"cancelled without time", "B,W2,O2,,cancelled,,,,", "line 3, column cancelled_at: is empty, but the status is cancelled"},
		{"time without cancelled", "B,W2,O2,,collected,,,,2026-11-01 00:00:00", "line 3, column cancelled_at: is set, but the status is collected"},
		{"signed without time", "B,W2,O2,,signed,,,,", "line 3, column signed_at: is empty, but the status is signed"},
		{"time without signed", "B,W2,O2,,,,,2026-11-01 00:00:00,", "line 3, column signed_at: is set, but the status is empty, that is booked"},
		{"booked and collected", "B,W2,O2,,booked,,2026-11-01 00:00:00,,", "line 3, column collected_at: is set, but the status is booked"},
		{"waybill twice", "B,W1,O2,,,,,,", "line 3, column waybill_id: the waybill stands on line 2 already"},
		{"order twice", "B,W2,O1,,,,,,", "line 3, column order_id: the order stands on line 2 already"},
		{"unknown merchant", "C,W2,O1,,,,,,", "line 3, column biz_id: no merchant has this id; import the merchants first"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			importStore{d.testStore, t}.notLoaded(csvimport.Waybills, header+good+tt.line+"\n", "waybill", tt.want)
		})
	}
}

// What the database holds already can be against a line as well.
func TestImportWaybillsAgainstDatabase(t *testing.T) {
	t.Parallel()
	d := newImportStore(t, "B", "C")
	d.waybills("biz_id,waybill_id,order_id", "B,W1,O1")
	for _, tt := range []struct{ line, want string }{
		{"C,W1,O9", "line 2, column waybill_id: the waybill belongs to another merchant"},
		{"B,W2,O1", "line 2, column order_id: the order has another waybill: W1"},
	} {
		d.notLoaded(csvimport.Waybills, "biz_id,waybill_id,order_id\n"+tt.line+"\nB,W3,O3", "waybill WHERE waybill_id <> 'W1'", tt.want)
	}
}

// A header that cannot be trusted stops the import before anything is read.
func TestImportHeader(t *testing.T) {
	t.Parallel()
	d := newImportStore(t)
	const known = "the header must name one of biz_id, biz_pwd, no_password, cancel_allowed, quota here"
	for _, tt := range []struct {
		name, file string
		want       []string
	}{
		{"empty file", "", []string{"line 1: the file is empty; its first line must name the columns"}},
		{"unknown column", "biz_id,colour\n", []string{"line 1, column 2: " + known}},
		{"no header", "B,secret,true\n", []string{
			"line 1, column 1: " + known, "line 1, column 2: " + known, "line 1, column 3: " + known,
			"line 1, column biz_id: is missing in the header",
		}},
		{"repeated", "biz_id,biz_id\n", []string{"line 1, column biz_id: stands in the header twice"}},
		{"missing", "\n\nbiz_pwd\n", []string{"line 3, column biz_id: is missing in the header"}},
		{"not UTF-8", "\xff\n", []string{"line 1, column 1: is not UTF-8: save the file as CSV UTF-8; it was not read further"}},
		{"UTF-16", "\xff\xfeb\x00\n\x00", []string{"line 1: the file is UTF-16: save it as CSV UTF-8"}},
		{"UTF-16, big endian", "\xfe\xff\x00b", []string{"line 1: the file is UTF-16: save it as CSV UTF-8"}},
		{"UTF-16 without a mark", "b\x00i\x00z\x00", []string{"line 1: the file is UTF-16: save it as CSV UTF-8"}},
		{"bare quote", "biz\"id\n", []string{`line 1: bare " in non-quoted-field`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			importStore{d.testStore, t}.notLoaded(csvimport.Merchants, tt.file, "merchant", tt.want...)
		})
	}
}

// However the file is written: columns in any order, a mark at its start, both
// line ends, quoted newlines, empty lines, no newline at its end.
func TestImportDialects(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"BOM and CRLF":   "\uFEFFwaybill_id,biz_id,order_id\r\nW1,B,O1\r\n",
		"spaces, quotes": " waybill_id , biz_id,\"order_id\"\n\n W1\t,\"B\",\"O1\n\"",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newImportStore(t, "B")
			wantCounts(t, d.waybills(file), 1, 1, 0, 0, 0)
			if got := d.text(`SELECT biz_id || ',' || waybill_id || ',' || order_id FROM waybill`); got != "B,W1,O1" {
				t.Errorf("got %s", got)
			}
		})
	}
}

// Lines are the file's lines, also after a record that takes several.
func TestImportLineNumbers(t *testing.T) {
	t.Parallel()
	d := newImportStore(t)
	d.notLoaded(csvimport.Merchants, "biz_id,biz_pwd\nA,\"1\n2\n3\"\n\nB,y\n,x\n", "merchant", "line 7, column biz_id: is empty")
}

// All problems are counted and the first hundred named, in the order of the file,
// whether they were found line by line or in the file as a whole.
func TestImportManyProblems(t *testing.T) {
	t.Parallel()
	d := newImportStore(t, "B")
	var b strings.Builder
	b.WriteString("biz_id,waybill_id,order_id\n")
	for i := range 150 {
		fmt.Fprintf(&b, "nobody,W%d,O%d\n,V%[1]d,P%[1]d\n", i, i)
	}
	_, err := d.load(csvimport.Waybills, b.String())
	bad, ok := errors.AsType[*csvimport.Error](err)
	if !ok {
		t.Fatalf("got error %v, want an Error of the file", err)
	}
	if len(bad.First) != 100 || bad.Count != 300 {
		t.Errorf("%d problems of %d, want 100 of 300", len(bad.First), bad.Count)
	}
	for i, f := range bad.First {
		if f.Line != int64(i+2) {
			t.Fatalf("problem %d is of line %d", i, f.Line)
		}
	}
	if text := err.Error(); !strings.HasPrefix(text, "nothing was loaded\nline 2, column biz_id: ") || !strings.HasSuffix(text, "\nand 200 more") {
		t.Errorf("got %q", text)
	}
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

// A quote that is not closed does not pull the file into memory.
func TestImportUnclosedQuote(t *testing.T) {
	t.Parallel()
	d := newImportStore(t)
	rest := &pattern{text: "x,y\n", size: 32 << 20, end: func() error { return io.EOF }}
	_, err := d.Import(t.Context(), csvimport.Merchants, io.MultiReader(strings.NewReader("biz_id,no_password\nA,yes\n\"B"), rest))
	d.wantProblems(err, "merchant", "line 3: is longer than 1 MiB (is a quote not closed?); the file was not read further")
	if rest.taken > 2<<20 {
		t.Errorf("%d bytes were read", rest.taken)
	}
}

// counted is a way to Postgres that counts the letters p.
type counted struct {
	net.Conn
	count *atomic.Int64
}

func (c counted) Write(b []byte) (int, error) {
	c.count.Add(int64(bytes.Count(b, []byte("p"))))
	return c.Conn.Write(b)
}

// A file goes to Postgres while it is read: at its end no more than a batch is still
// here. One that cannot be read to its end loads nothing.
func TestImportStreams(t *testing.T) {
	t.Parallel()
	var sent atomic.Int64
	d := importStore{newStore(t, func(o store.Options) store.Options {
		return store.WithDial(o, func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := new(net.Dialer).DialContext(ctx, network, address)
			return counted{c, &sent}, err
		})
	}), t}
	d.do(`DELETE FROM merchant`)
	const lines, width = 19_999, 100
	atEnd := int64(0)
	file := streamed(lines, width, func() { atEnd = sent.Load() / width })
	d.wantBroken(file, lines)
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
	return io.MultiReader(strings.NewReader("biz_id,biz_pwd,cancel_allowed\n,,\n"), file)
}

func (d importStore) wantBroken(file io.Reader, lines int64) {
	d.tb.Helper()
	report, err := d.Import(d.tb.Context(), csvimport.Merchants, file)
	if !errors.Is(err, errDisk) || report.Lines < lines {
		d.tb.Errorf("after %d lines: %v", report.Lines, err)
	}
	if n := d.text(`SELECT count(*)::text FROM merchant`); n != "0" {
		d.tb.Errorf("%s merchants were loaded", n)
	}
}
