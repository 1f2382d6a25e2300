package csvimport_test

import (
	"strings"
	"testing"

	"carrierhook/internal/store/csvimport"

	"github.com/jackc/pgx/v5"
)

// Every kind of file is loaded in every query mode that the pool can be set to, and the
// same file again touches nothing: no row is written, and none is locked.
func TestSameFileAgain(t *testing.T) {
	t.Parallel()
	for _, mode := range []pgx.QueryExecMode{
		pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeDescribeExec, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol,
	} {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			d := newDatabase(t, "B")
			d.config.DefaultQueryExecMode = mode
			for name, s := range samples {
				d.with(name, "1 new", s.line)
				before := d.versions()
				d.with(name, "1 same", s.line)
				if d.versions() != before {
					t.Errorf("%s: a row was touched", name)
				}
			}
			d.imports(csvimport.Waybills, "1 changed", "biz_id,waybill_id,order_id,status", "B,W1,O1,collected")
			d.imports(csvimport.Waybills, "1 backwards", "biz_id,waybill_id,order_id,status", "B,W1,O1,booked")
		})
	}
}

// Of a file of several chunks with one change one row is touched.
func TestOneChange(t *testing.T) {
	t.Parallel()
	d := newDatabase(t, "B")
	file := manyWaybills(6000, "collected")
	d.imports(csvimport.Waybills, "6000 new", file)
	d.do(`CREATE TABLE seen AS SELECT concat_ws(' ', ctid, xmin, xmax) AS version FROM waybill`)
	const touched = `SELECT count(*)::text FROM waybill WHERE concat_ws(' ', ctid, xmin, xmax) NOT IN (TABLE seen)`
	d.imports(csvimport.Waybills, "6000 same", file)
	if n := d.text(touched); n != "0" {
		t.Errorf("the same file again: %s rows were touched", n)
	}
	d.imports(csvimport.Waybills, "1 changed, 5999 same", strings.Replace(file, "standard", "express", 1))
	if n := d.text(touched); n != "1" {
		t.Errorf("%s rows were touched", n)
	}
	// Lines that go backwards are named by line number, though chunks come in the order of the key.
	r := d.imports(csvimport.Waybills, "6000 backwards", manyWaybills(6000, "booked"))
	id := strings.Split(strings.Split(file, "\n")[100], ",")[1]
	if last := r.Backwards.First[len(r.Backwards.First)-1].String(); last != "line 101: waybill "+id+" is collected and does not go back to booked" {
		t.Errorf("got %s as the last", last)
	}
}

// An import leaves alone what files do not know of, such as when a waybill was first
// scanned and which services a contract covers.
func TestOtherColumnsStay(t *testing.T) {
	t.Parallel()
	d := newDatabase(t, "B")
	d.with("merchants", "1 new", samples["merchants"].line)
	d.with("waybills", "1 new", samples["waybills"].line)
	d.do(`UPDATE merchant SET services = '{STD}'`)
	d.do(`UPDATE waybill SET first_scan_at = to_timestamp(5), from_quota = true, book_push = sha256('x')`)
	const others = `SELECT concat(
		(SELECT jsonb_agg(to_jsonb(m) - '{password_hash,cancel_allowed,updated_at}'::text[] ORDER BY biz_id) FROM merchant m),
		(SELECT jsonb_agg(to_jsonb(w) - '{shop_app_id,service,status,booked_at,collected_at,charged_at,signed_at,cancelled_at}'::text[]) FROM waybill w))`
	before := d.text(others)
	d.with("merchants", "1 changed", "M,new,,no,8")
	d.with("waybills", "1 changed", "B,W1,O1,wx,fast,signed,2026-11-01 00:00:00,2026-11-01 00:00:00,2026-11-01 00:00:00,2026-11-01 00:00:00,")
	if got := d.text(others); got != before {
		t.Errorf("got  %s\nwant %s", got, before)
	}
}
