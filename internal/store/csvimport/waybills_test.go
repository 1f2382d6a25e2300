package csvimport_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/store/csvimport"
	"carrierhook/internal/waybill"
)

// waybill shows one, but for the columns that are empty.
func (d *database) waybill(id string) string {
	d.Helper()
	return d.text(`SELECT coalesce((SELECT concat_ws(' ', order_id, nullif(shop_app_id, ''), nullif(service, ''), status,
		'b:' || to_char(booked_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
		'c:' || extract(epoch FROM collected_at)::bigint, 'f:' || extract(epoch FROM charged_at)::bigint,
		's:' || extract(epoch FROM signed_at)::bigint, 'x:' || extract(epoch FROM cancelled_at)::bigint,
		'p:' || encode(substring(cancel_push FOR 2), 'hex'))
		FROM waybill WHERE waybill_id = $1), '')`, id)
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

// Every column arrives, in every way to write a time, and what is empty has its
// default.
func TestWaybillsInserts(t *testing.T) {
	t.Parallel()
	begun := time.Now().Truncate(time.Microsecond)
	d := newDatabase(t, "B")
	d.with("waybills", "4 new",
		"B,W1,O1,wx1,fast,signed,2026-11-01T08:00:00.123456+08:00,1970-01-01 00:00:01,1970-01-01T00:00:02Z,1970-01-01 08:00:03+08,",
		"B,W2,O2,,,cancelled,2026-11-01 00:00:00.5,,,,1970-01-01 05:30:04+05:30",
		"B,W3,O3,,,,,,,,",
		"B,1E5,12.5E+3=,,,,,,,,", // no numbers of a spreadsheet
	)
	for id, want := range map[string]string{
		"W1": "O1 wx1 fast signed b:2026-11-01T00:00:00.123456 c:1 f:2 s:3",
		"W2": "O2 cancelled b:2026-11-01T00:00:00.500000 x:4",
	} {
		if got := d.waybill(id); got != want {
			t.Errorf("%s: got %s, want %s", id, got, want)
		}
	}
	if got := d.text(`SELECT (status = 'booked' AND booked_at BETWEEN $1 AND now())::text FROM waybill WHERE waybill_id = 'W3'`, begun); got != "true" {
		t.Errorf("a line of ids alone is not booked now: %s", d.waybill("W3"))
	}
}

// What an update does to each column: absent, empty, given; and what a push has made of
// the waybill stays, so that the same push is answered the same when it comes again.
func TestWaybillsMerges(t *testing.T) {
	t.Parallel()
	const push, b = "decode(repeat('ab', 32), 'hex')", " b:2026-11-01T00:00:00.000000"
	const before = "O1 wx1 fast collected" + b + " c:1 f:2"
	const cancelled = "status = 'cancelled', cancelled_at = to_timestamp(7), cancel_push = " + push
	for _, tt := range []struct{ push, columns, cells, counts, want string }{
		{"", "order_id", "O1", "1 same", before},
		{"", "order_id", "O9", "1 changed", "O9 wx1 fast collected" + b + " c:1 f:2"},
		{"", "order_id,shop_app_id,service,status,booked_at,collected_at,charged_at", "O1,,,,,,", "1 changed", "O1 collected" + b + " c:1"},
		{"", "order_id,status,collected_at,charged_at", "O1,in_transit,,", "1 changed", "O1 wx1 fast in_transit" + b},
		{"", "order_id,status", "O1,in_transit", "1 changed", "O1 wx1 fast in_transit" + b + " c:1 f:2"},
		{"", "order_id,status,signed_at", "O1,signed,1970-01-01 00:00:03", "1 changed", "O1 wx1 fast signed" + b + " c:1 f:2 s:3"},
		{"", "order_id,status,cancelled_at", "O1,cancelled,1970-01-01 00:00:04", "1 changed", "O1 wx1 fast cancelled" + b + " c:1 f:2 x:4"},
		{"", "order_id,shop_app_id,service,status,booked_at,collected_at,charged_at",
			"O1,wx2,slow,collected,2026-11-02 00:00:00,1970-01-01 00:00:05,1970-01-01 00:00:06", "1 changed",
			"O1 wx2 slow collected b:2026-11-02T00:00:00.000000 c:5 f:6"},
		{cancelled, "order_id,service,status", "O1,new,collected", "1 backwards", "O1 wx1 fast cancelled" + b + " c:1 f:2 x:7 p:abab"},
		{cancelled, "order_id,status,cancelled_at", "O1,cancelled,2026-11-05 00:00:00", "1 same", "O1 wx1 fast cancelled" + b + " c:1 f:2 x:7 p:abab"},
		{cancelled, "order_id,shop_app_id,service,status,cancelled_at", "O9,wx9,slow,cancelled,2026-11-05 00:00:00", "1 changed",
			"O1 wx1 slow cancelled" + b + " c:1 f:2 x:7 p:abab"},
		{"book_push = " + push, "order_id,shop_app_id", "O9,wx9", "1 changed", "O1 wx9 fast collected" + b + " c:1 f:2"},
	} {
		d := newDatabase(t, "B")
		d.with("waybills", "1 new", "B,W1,O1,wx1,fast,collected,2026-11-01 00:00:00,1970-01-01 00:00:01,1970-01-01 00:00:02,,")
		if tt.push != "" {
			d.do(`UPDATE waybill SET ` + tt.push)
		}
		d.imports(csvimport.Waybills, tt.counts, "biz_id,waybill_id,"+tt.columns, "B,W1,"+tt.cells)
		if got := d.waybill("W1"); got != tt.want {
			t.Errorf("%s %s of %s: got %s, want %s", tt.columns, tt.cells, tt.push, got, tt.want)
		}
	}
}

// A status never moves backwards: the SQL says what waybill.Status.CanFollow
// says, for every pair. Such lines are named, and the rest is loaded.
func TestNeverBackwards(t *testing.T) {
	t.Parallel()
	d := newDatabase(t, "B")
	line := func(id string, s waybill.Status, service string) string {
		times := map[waybill.Status]string{waybill.Signed: "2026-11-02T00:00:00Z,", waybill.Cancelled: ",2026-11-02T00:00:00Z"}
		if times[s] == "" {
			times[s] = ","
		}
		return fmt.Sprintf("B,%s,O-%[1]s,%s,%s,%s", id, service, s, times[s])
	}
	before := []string{"biz_id,waybill_id,order_id,service,status,signed_at,cancelled_at"}
	after, back := before[:1:1], ""
	want := map[string]string{}
	for _, from := range waybill.Statuses() {
		for _, to := range append(waybill.Statuses(), "") {
			id := fmt.Sprintf("%s-%s", from, to)
			before, after = append(before, line(id, from, "old")), append(after, line(id, to, "new"))
			switch {
			case to == "":
				want[id] = string(from) + " new"
			case from.CanFollow(to):
				want[id] = string(to) + " new"
			default:
				want[id] = string(from) + " old"
				back += fmt.Sprintf("line %d: waybill %s is %s and does not go back to %s\n", len(after), id, from, to)
			}
		}
	}
	backwards := strings.Count(back, "\n")
	d.imports(csvimport.Waybills, fmt.Sprint(len(want), " new"), before...)
	r := d.imports(csvimport.Waybills, fmt.Sprintf("%d changed, %d backwards", len(want)-backwards, backwards), after...)
	for id, want := range want {
		if got := d.text(`SELECT status || ' ' || service FROM waybill WHERE waybill_id = $1`, id); got != want {
			t.Errorf("%s: got %s, want %s", id, got, want)
		}
	}
	named := ""
	for _, p := range r.Backwards.First {
		named += p.String() + "\n"
	}
	if named != back {
		t.Errorf("got  %s\nwant %s", named, back)
	}
}
