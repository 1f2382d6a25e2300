package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"carrierhook/internal/store"
	"carrierhook/internal/store/csvimport"
	"carrierhook/internal/waybill"
)

// importStore is a store without merchants or waybills but those that a test asks
// for.
type importStore struct {
	testStore
	tb testing.TB
}

func newImportStore(tb testing.TB, merchants ...string) importStore {
	tb.Helper()
	d := importStore{newStore(tb), tb}
	d.do(`DELETE FROM merchant`)
	for _, id := range merchants {
		d.do(`INSERT INTO merchant (biz_id, password_hash) VALUES ($1, '')`, id)
	}
	return d
}

func (d importStore) do(sql string, args ...any) {
	d.tb.Helper()
	d.Exec(d.tb, sql, args...)
}

// text is the one value that a query gives.
func (d importStore) text(sql string, args ...any) string {
	d.tb.Helper()
	var got *string
	if err := d.DB.QueryRow(context.Background(), sql, args...).Scan(&got); err != nil {
		d.tb.Fatalf("%s: %v", sql, err)
	}
	if got == nil {
		return "NULL"
	}
	return *got
}

// load imports a file.
func (d importStore) load(kind csvimport.Kind, file string) (csvimport.Report, error) {
	return d.Import(context.Background(), kind, strings.NewReader(file))
}

// imported imports lines and expects it to work.
func (d importStore) imported(kind csvimport.Kind, lines ...string) csvimport.Report {
	d.tb.Helper()
	report, err := d.load(kind, strings.Join(lines, "\n"))
	if err != nil {
		d.tb.Fatalf("import: %v", err)
	}
	return report
}

func (d importStore) waybills(lines ...string) csvimport.Report {
	d.tb.Helper()
	return d.imported(csvimport.Waybills, lines...)
}

func (d importStore) merchants(lines ...string) csvimport.Report {
	d.tb.Helper()
	return d.imported(csvimport.Merchants, lines...)
}

func wantCounts(tb testing.TB, r csvimport.Report, lines, inserted, updated, unchanged, backwards int64) {
	tb.Helper()
	got := [...]int64{r.Lines, r.Inserted, r.Updated, r.Unchanged, r.Backwards.Count}
	if want := [...]int64{lines, inserted, updated, unchanged, backwards}; got != want {
		tb.Errorf("lines, inserted, updated, unchanged, backwards: got %v, want %v", got, want)
	}
}

// untouched imports files of one line that say what is known, and expects that no row
// of the table is written.
func (d importStore) untouched(kind csvimport.Kind, table string, files ...string) {
	d.tb.Helper()
	row := func() string { return d.text(`SELECT concat_ws(' ', t, ctid, xmin, xmax) FROM ` + table + ` t`) }
	before := row()
	for _, file := range files {
		wantCounts(d.tb, d.imported(kind, file), 1, 0, 0, 1, 0)
		if got := row(); got != before {
			d.tb.Errorf("%q: the row was touched: %s, before %s", file, got, before)
		}
	}
}

// notLoaded imports a file and expects these problems, none of which shows a secret, and
// an empty table.
func (d importStore) notLoaded(kind csvimport.Kind, file, table string, want ...string) {
	d.tb.Helper()
	_, err := d.load(kind, file)
	d.wantProblems(err, table, want...)
}

func (d importStore) wantProblems(err error, table string, want ...string) {
	d.tb.Helper()
	d.wantNamed(err, want...)
	if n := d.text("SELECT count(*)::text FROM " + table); n != "0" {
		d.tb.Errorf("%s rows were loaded from a file with problems", n)
	}
	if strings.Contains(err.Error(), "s3cr3t") {
		d.tb.Errorf("the error shows a secret: %v", err)
	}
}

// wantNamed expects all these problems of a file.
func (d importStore) wantNamed(err error, want ...string) {
	d.tb.Helper()
	bad, ok := errors.AsType[*csvimport.Error](err)
	if !ok {
		d.tb.Fatalf("got error %v, want an Error of the file", err)
	}
	var got []string
	for _, p := range bad.First {
		got = append(got, p.String())
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		d.tb.Errorf("got problems\n%s\nwant\n%s", g, w)
	}
	if bad.Count != int64(len(want)) {
		d.tb.Errorf("got count %d, want %d", bad.Count, len(want))
	}
}

// manyWaybills is a file of n waybills of merchant B, in no order.
func manyWaybills(n int, status string) string {
	var b strings.Builder
	b.WriteString("biz_id,waybill_id,order_id,service,status,collected_at\n")
	collected := ""
	if status != string(waybill.Booked) {
		collected = "2026-11-01T00:00:00Z"
	}
	for i := range n {
		k := i * 7919 % n // a prime: each once
		fmt.Fprintf(&b, "B,W%07d,O%07d,standard,%s,%s\n", k, k, status, collected)
	}
	return b.String()
}

// An import works in every query mode that the pool can be set to.
func TestImportQueryModes(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			d := importStore{newStore(t, func(o store.Options) store.Options {
				o.QueryMode = mode
				return o
			}), t}
			wantCounts(t, d.merchants("biz_id,biz_pwd", "B,pw", "C,x"), 2, 1, 0, 1, 0)
			const header = "biz_id,waybill_id,order_id,status,collected_at"
			wantCounts(t, d.waybills(header, "B,W1,O1,booked,", "B,W2,O2,collected,2026-11-01 00:00:00"), 2, 2, 0, 0, 0)
			wantCounts(t, d.waybills(header, "B,W1,O1,collected,", "B,W2,O2,booked,"), 2, 0, 1, 0, 1)
			for table, s := range small {
				wantTable(t, d.table(table, s.line), 1, 0, 0, 0)
				wantTable(t, d.table(table, s.line), 0, 0, 1, 0)
			}
		})
	}
}
