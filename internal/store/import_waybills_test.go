package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/store/csvimport"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/waybill"
)

const importState = `SELECT concat_ws(' ', order_id, nullif(shop_app_id, ''), nullif(service, ''), status,
	'b:' || to_char(booked_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
	'c:' || extract(epoch FROM collected_at)::bigint, 'f:' || extract(epoch FROM charged_at)::bigint,
	's:' || extract(epoch FROM signed_at)::bigint, 'x:' || extract(epoch FROM cancelled_at)::bigint,
	'p:' || encode(substring(cancel_push FOR 2), 'hex'))
	FROM waybill WHERE waybill_id = $1`

// Every column arrives, in every way to write a time, and what is empty has its
// default.
func TestImportWaybillsInserts(t *testing.T) {
	t.Parallel()
	begun := time.Now().Truncate(time.Microsecond)
	d := newImportStore(t, "B")
	r := d.waybills(
		"biz_id,waybill_id,order_id,shop_app_id,service,status,booked_at,collected_at,charged_at,signed_at,cancelled_at",
		"B,W1,O1,wx1,fast,signed,2026-11-01T08:00:00.123456+08:00,1970-01-01 00:00:01,1970-01-01T00:00:02Z,1970-01-01 08:00:03+08,",
		"B,W2,O2,,,cancelled,2026-11-01 00:00:00.5,,,,1970-01-01 05:30:04+05:30",
		"B,W3,O3,,,,,,,,",
		"B,1E5,12.5E+3=,,,,,,,,", // no numbers of a spreadsheet
	)
	wantCounts(t, r, 4, 4, 0, 0, 0)
	for id, want := range map[string]string{
		"W1": "O1 wx1 fast signed b:2026-11-01T00:00:00.123456 c:1 f:2 s:3",
		"W2": "O2 cancelled b:2026-11-01T00:00:00.500000 x:4",
	} {
		if got := d.text(importState, id); got != want {
			t.Errorf("%s: got %s, want %s", id, got, want)
		}
	}
	if got := d.text(`SELECT (status = 'booked' AND booked_at BETWEEN $1 AND now())::text FROM waybill WHERE waybill_id = 'W3'`, begun); got != "true" {
		t.Errorf("a line of ids alone is not booked now: %s", d.text(importState, "W3"))
	}
}

// What an update does to each column: absent, empty, given.
func TestImportWaybillsMerges(t *testing.T) {
	t.Parallel()
	const before = "O1 wx1 fast collected b:2026-11-01T00:00:00.000000 c:1 f:2"
	for _, tt := range []struct{ name, columns, cells, want string }{
		{"absent columns stay", "", "", before},
		{"the order", "", "", "O9 wx1 fast collected b:2026-11-01T00:00:00.000000 c:1 f:2"},
		{"empty cells clear, but not without a status", ",shop_app_id,service,status,booked_at,collected_at,charged_at", ",,,,,,",
			"O1 collected b:2026-11-01T00:00:00.000000 c:1"},
		{"empty cells clear", ",status,collected_at,charged_at", ",in_transit,,", "O1 wx1 fast in_transit b:2026-11-01T00:00:00.000000"},
		{"a later status keeps what the file does not have", ",status", ",in_transit",
			"O1 wx1 fast in_transit b:2026-11-01T00:00:00.000000 c:1 f:2"},
		{"signed", ",status,signed_at", ",signed,1970-01-01 00:00:03",
			"O1 wx1 fast signed b:2026-11-01T00:00:00.000000 c:1 f:2 s:3"},
		{"cancelled by the carrier", ",status,cancelled_at", ",cancelled,1970-01-01 00:00:04",
			"O1 wx1 fast cancelled b:2026-11-01T00:00:00.000000 c:1 f:2 x:4"},
		{"given", ",shop_app_id,service,status,booked_at,collected_at,charged_at",
			",wx2,slow,collected,2026-11-02 00:00:00,1970-01-01 00:00:05,1970-01-01 00:00:06",
			"O1 wx2 slow collected b:2026-11-02T00:00:00.000000 c:5 f:6"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newImportStore(t, "B")
			d.waybills("biz_id,waybill_id,order_id,shop_app_id,service,status,booked_at,collected_at,charged_at",
				"B,W1,O1,wx1,fast,collected,2026-11-01 00:00:00,1970-01-01 00:00:01,1970-01-01 00:00:02")
			order := tt.want[:2]
			r := d.waybills("biz_id,waybill_id,order_id"+tt.columns, "B,W1,"+order+tt.cells)
			if got := d.text(importState, "W1"); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if tt.want == before {
				wantCounts(t, r, 1, 0, 0, 1, 0)
			} else {
				wantCounts(t, r, 1, 0, 1, 0, 0)
			}
		})
	}
}

// A status never moves backwards: the SQL says what waybill.Status.CanFollow
// says, for every pair. Such lines are named, and the rest is loaded.
func TestImportNeverBackwards(t *testing.T) {
	t.Parallel()
	d := newImportStore(t, "B")
	line := func(id string, s waybill.Status, service string) string {
		times := map[waybill.Status]string{waybill.Signed: "2026-11-02T00:00:00Z,", waybill.Cancelled: ",2026-11-02T00:00:00Z"}
		if times[s] == "" {
			return fmt.Sprintf("B,%s,O-%[1]s,%s,%s,,", id, service, s)
		}
		return fmt.Sprintf("B,%s,O-%[1]s,%s,%s,%s", id, service, s, times[s])
	}
	before := []string{"biz_id,waybill_id,order_id,service,status,signed_at,cancelled_at"}
	after, back := before[:1:1], int64(0)
	type pair struct{ from, to waybill.Status }
	pairs := map[string]pair{}
	for _, from := range waybill.Statuses() {
		for _, to := range append(waybill.Statuses(), "") {
			id := fmt.Sprintf("%s-%s", from, to)
			pairs[id] = pair{from, to}
			before, after = append(before, line(id, from, "old")), append(after, line(id, to, "new"))
			if to != "" && !from.CanFollow(to) {
				back++
			}
		}
	}
	d.waybills(before...)
	r := d.waybills(after...)
	n := int64(len(pairs))
	wantCounts(t, r, n, 0, n-back, 0, back)
	for id, p := range pairs {
		want := string(p.from) + " old"
		switch {
		case p.to == "":
			want = string(p.from) + " new"
		case p.from.CanFollow(p.to):
			want = string(p.to) + " new"
		}
		if got := d.text(`SELECT status || ' ' || service FROM waybill WHERE waybill_id = $1`, id); got != want {
			t.Errorf("%s to %s: got %s, want %s", p.from, p.to, got, want)
		}
	}
	for _, b := range r.Backwards.First {
		id := strings.Split(after[b.Line-1], ",")[1]
		if want := fmt.Sprintf("waybill %s is %s and does not go back to %s", id, pairs[id].from, pairs[id].to); b.Text != want {
			t.Errorf("got %q, want %q", b, want)
		}
	}
	if int64(len(r.Backwards.First)) != back {
		t.Errorf("%d lines are named, want %d", len(r.Backwards.First), back)
	}
}

// What a push cancelled stays as the push left it, whatever the file says.
func TestImportKeepsCancelPush(t *testing.T) {
	t.Parallel()
	d := newImportStore(t, "B")
	const header = "biz_id,waybill_id,order_id,service,status,booked_at,cancelled_at"
	d.waybills(header, "B,W1,O1,,,2026-11-01 00:00:00,")
	d.do(`UPDATE waybill SET status = 'cancelled', cancelled_at = to_timestamp(7), cancel_push = decode(repeat('ab', 32), 'hex')`)

	wantCounts(t, d.waybills(header, "B,W1,O1,new,booked,,"), 1, 0, 0, 0, 1)
	wantCounts(t, d.waybills(header, "B,W1,O1,,cancelled,,2026-11-05 00:00:00"), 1, 0, 0, 1, 0)
	wantCounts(t, d.waybills(header, "B,W1,O1,fast,cancelled,,2026-11-05 00:00:00"), 1, 0, 1, 0, 0)
	if got, want := d.text(importState, "W1"), "O1 fast cancelled b:2026-11-01T00:00:00.000000 x:7 p:abab"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// The first hundred backwards lines are named by line number, though chunks
// come in the order of the key.
func TestImportNamesFirstBackwardsLines(t *testing.T) {
	t.Parallel()
	d := newImportStore(t, "B")
	file := manyWaybills(11_000, "collected")
	d.waybills(file)
	r := d.waybills(manyWaybills(11_000, "booked"))
	wantCounts(t, r, 11_000, 0, 0, 0, 11_000)
	if len(r.Backwards.First) != 100 {
		t.Fatalf("%d lines are named", len(r.Backwards.First))
	}
	id := strings.Split(strings.Split(file, "\n")[100], ",")[1]
	if got, want := r.Backwards.First[99].String(), "line 101: waybill "+id+" is collected and does not go back to booked"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// The same file again touches nothing: no row is written, and none is locked.
func TestImportAgainTouchesNothing(t *testing.T) {
	t.Parallel()
	d := newImportStore(t, "B")
	file := manyWaybills(6000, "collected")
	wantCounts(t, d.waybills(file), 6000, 6000, 0, 0, 0)
	d.do(`CREATE TABLE seen AS SELECT concat_ws(' ', ctid, xmin, xmax) AS version FROM waybill`)
	touched := func() string {
		return d.text(`SELECT count(*)::text
			FROM waybill WHERE concat_ws(' ', ctid, xmin, xmax) NOT IN (TABLE seen)`)
	}
	wantCounts(t, d.waybills(file), 6000, 0, 0, 6000, 0)
	if n := touched(); n != "0" {
		t.Errorf("%s rows were touched", n)
	}

	// Of a file with one change one row is touched.
	changed := strings.Replace(file, "standard", "express", 1)
	wantCounts(t, d.waybills(changed), 6000, 0, 1, 5999, 0)
	if n := touched(); n != "1" {
		t.Errorf("%s rows were touched", n)
	}
}

// What a push named when it cancelled a waybill stays, so that the same push is
// answered the same when it comes again.
func TestImportKeepsWhatPushNamed(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.Exec(t, `INSERT INTO waybill (biz_id, waybill_id, order_id, shop_app_id) VALUES ('B', 'W', 'O-W', 'wxS'), ('B', 'X', 'O-X', 'wxS')`)
	r := expresstest.CancelPush(1, "W")
	r.ShopAppID = "wxS"
	d.WantCancel(t, r, waybill.Accepted, false)
	file := "biz_id,waybill_id,order_id,shop_app_id\nB,W,other,wxT\nB,X,another,wxT\n"
	if _, err := d.Import(t.Context(), csvimport.Waybills, strings.NewReader(file)); err != nil {
		t.Fatal(err)
	}
	d.WantCancel(t, r, waybill.Accepted, true)
	if n := d.Int(t, `SELECT count(*) FROM waybill WHERE order_id = 'another' AND shop_app_id = 'wxT'`); n != 1 {
		t.Error("a waybill that was not cancelled was not changed")
	}
}

// A waybill that a push booked keeps its order, which must get it again.
func TestImportKeepsBookedOrder(t *testing.T) {
	t.Parallel()
	d := newImportStore(t, "B")
	d.waybills("biz_id,waybill_id,order_id", "B,W1,O1")
	d.do(`UPDATE waybill SET book_push = sha256('x')`)
	d.waybills("biz_id,waybill_id,order_id,service", "B,W1,O9,fast")
	if got := d.text(`SELECT order_id || ' ' || service FROM waybill`); got != "O1 fast" {
		t.Errorf("got %s", got)
	}
}
