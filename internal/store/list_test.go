package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5/pgconn"
)

// noon is when the pushes of these tests came. Their serial numbers are 1, 2, ...
var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// recorded puts so many pushes into the record, one each second after noon: of
// three merchants, five waybills each, three reasons.
func (d testStore) recorded(t *testing.T, n int) {
	t.Helper()
	d.Exec(t, `INSERT INTO push (biz_id, waybill_id, at, id, order_id, event, format, mode, identity, result_code, reason, repeat, took_us)
		SELECT 'M' || i % 3, 'W' || i % 5, $1::timestamptz + make_interval(secs => i), i, 'O' || i % 7,
			CASE WHEN i % 2 = 0 THEN 'cancel_waybill' ELSE 'get_quota' END, 'xml', 'plain', sha256(i::text::bytea),
			CASE i % 4 WHEN 0 THEN 0 WHEN 1 THEN 30001 WHEN 2 THEN 30002 END,
			CASE i % 4 WHEN 0 THEN 'accepted' WHEN 1 THEN 'unknown_waybill' WHEN 2 THEN 'collected' ELSE 'ignored' END, i % 10 = 0, i
		FROM generate_series(1, $2) AS i`, noon, n)
}

// serials asks for a page.
func (d testStore) serials(t *testing.T, q ledger.Filter) (serials []int64, more bool, last *ledger.Cursor) {
	t.Helper()
	page, more, err := d.Pushes.List(t.Context(), q)
	if err != nil {
		t.Fatalf("%+v: %v", q, err)
	}
	for _, a := range page {
		serials = append(serials, a.Serial)
		last = &ledger.Cursor{At: a.At, Serial: a.Serial}
	}
	return serials, more, last
}

// Each filter lets through what it should and nothing else, alone and with the
// others, and pages of any size put together are the whole.
func TestListFilters(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	const n = 420 // each combination of the remainders occurs
	d.recorded(t, n)
	ptr := func(i int) *int { return &i }
	yes, no := true, false
	filters := []struct {
		name string
		set  func(*ledger.Filter)
		want func(i int) bool
	}{
		{"from", func(q *ledger.Filter) { q.From = noon.Add(100 * time.Second) }, func(i int) bool { return i >= 100 }},
		{"to", func(q *ledger.Filter) { q.To = noon.Add(400 * time.Second) }, func(i int) bool { return i < 400 }},
		{"merchant", func(q *ledger.Filter) { q.BizID = "M1" }, func(i int) bool { return i%3 == 1 }},
		{"waybill", func(q *ledger.Filter) { q.WaybillID = "W2" }, func(i int) bool { return i%5 == 2 }},
		{"order", func(q *ledger.Filter) { q.OrderID = "O3" }, func(i int) bool { return i%7 == 3 }},
		{"event", func(q *ledger.Filter) { q.Event = "cancel_waybill" }, func(i int) bool { return i%2 == 0 }},
		{"reason", func(q *ledger.Filter) { q.Reason = string(waybill.NotBooked) }, func(i int) bool { return i%4 == 2 }},
		{"result", func(q *ledger.Filter) { q.Result = ptr(0) }, func(i int) bool { return i%4 == 0 }},
		{"result no integer of Postgres", func(q *ledger.Filter) { q.Result = ptr(1 << 40) }, func(int) bool { return false }},
		{"repeats", func(q *ledger.Filter) { q.Repeat = &yes }, func(i int) bool { return i%10 == 0 }},
		{"no repeats", func(q *ledger.Filter) { q.Repeat = &no }, func(i int) bool { return i%10 != 0 }},
		{"before", func(q *ledger.Filter) { q.Before = &ledger.Cursor{At: noon.Add(300 * time.Second), Serial: 300} }, func(i int) bool { return i < 300 }},
		{"no text of Postgres", func(q *ledger.Filter) { q.BizID = "M\x00" }, func(int) bool { return false }},
		{"no text at all", func(q *ledger.Filter) { q.OrderID = "\xff" }, func(int) bool { return false }},
	}
	check := func(chosen []int) {
		t.Helper()
		q := ledger.Filter{Limit: 1 + rand.IntN(n+10)}
		var names []string
		var want []int64
		for _, c := range chosen {
			filters[c].set(&q)
			names = append(names, filters[c].name)
		}
		for i := n; i >= 1; i-- {
			if !slices.ContainsFunc(chosen, func(c int) bool { return !filters[c].want(i) }) {
				want = append(want, int64(i))
			}
		}
		var got []int64
		for more := true; more; {
			var page []int64
			var mark *ledger.Cursor
			if page, more, mark = d.serials(t, q); more && len(page) != q.Limit {
				t.Fatalf("%v: a page of %d, more to come, of %d", names, len(page), q.Limit)
			}
			got = append(got, page...)
			q.Before = mark
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v in pages of %d: got %v, want %v", names, q.Limit, got, want)
		}
	}
	check(nil)
	for i := range filters {
		check([]int{i})
		for j := range i {
			if same := strings.HasPrefix(filters[i].name, "no ") || strings.HasPrefix(filters[i].name, "result no"); !same {
				check([]int{j, i})
			}
		}
	}
	check([]int{0, 1, 2, 3, 4, 5, 6, 9, 11})
}

// Every column arrives, in each query mode.
func TestListWhole(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "cache_describe", "exec", "simple_protocol"} {
		d := newStore(t, queryMode(mode))
		d.Exec(t, `INSERT INTO push (biz_id, waybill_id, at, id, order_id, event, format, mode, identity, result_code, reason, repeat, took_us)
			VALUES ('B', 'W', $1, 9223372036854775807, 'O', 'e', 'json', 'secure', decode('07' || repeat('00', 31), 'hex'), -1, 'r', true, 1500),
				('', '', $1, 1, '', 'f', 'xml', 'plain', decode('08' || repeat('00', 31), 'hex'), NULL, 'ignored', false, 0)`, noon.Add(123456*time.Microsecond))
		page, more, err := d.Pushes.List(t.Context(), ledger.Filter{Limit: 2})
		if err != nil || more || len(page) != 2 {
			t.Fatalf("%s: %d, more %t, %v", mode, len(page), more, err)
		}
		a, b := page[0], page[1]
		if a.ResultCode == nil || *a.ResultCode != -1 || b.ResultCode != nil || !a.At.Equal(noon.Add(123456*time.Microsecond)) {
			t.Errorf("%s: got %+v and %+v", mode, a, b)
		}
		a.ResultCode, a.At = nil, time.Time{}
		want := ledger.Entry{
			Serial: 1<<63 - 1, Event: "e", Format: "json", Mode: "secure", BizID: "B", OrderID: "O", WaybillID: "W",
			Push: ledger.PushID{7}, Reason: "r", Repeat: true, Took: 1500 * time.Microsecond,
		}
		if a != want {
			t.Errorf("%s: got %+v, want %+v", mode, a, want)
		}
	}
}

// A whole batch has one time: a thousand rows of one instant are paged through
// without a row lost or told twice.
func TestListOneInstant(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.Exec(t, `INSERT INTO push (biz_id, waybill_id, at, id, order_id, event, format, mode, identity, reason, repeat, took_us)
		SELECT 'B', 'W' || i % 2, $1, (i * 7919) % 100003, '', '', '', '', sha256('x'), '', false, 1 FROM generate_series(1, 1000) AS i`, noon)
	for _, q := range []ledger.Filter{
		{Limit: 7}, {Limit: 333, BizID: "B"}, {Limit: 100, BizID: "B", WaybillID: "W1"}, {Limit: 999, From: noon, To: noon.Add(time.Microsecond)},
	} {
		want := 1000
		if q.WaybillID != "" {
			want = 500
		}
		var all []int64
		for more := true; more; {
			var page []int64
			page, more, q.Before = d.serials(t, q)
			all = append(all, page...)
		}
		falling := slices.IsSortedFunc(all, func(a, b int64) int { return int(b - a) })
		if distinct := slices.Compact(slices.Clone(all)); len(all) != want || len(distinct) != want || !falling {
			t.Errorf("%+v: %d rows, %d different, in order: %t", q, len(all), len(distinct), falling)
		}
	}
}

// Rows that come while somebody pages shift nothing: he gets each row that was
// there when he began once, in order.
func TestListWhilePushesCome(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	for i := range 50 {
		d.MustCancel(t, expresstest.CancelPush(i, "W"))
	}
	before, _, _ := d.serials(t, ledger.Filter{Limit: 1000})
	ctx, stop := context.WithCancel(t.Context())
	var pushes sync.WaitGroup
	for w := range 2 {
		pushes.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				d.MustCancel(t, expresstest.CancelPush(1000*(w+1)+i, "W"))
			}
		})
	}
	d.WaitFor(t, `SELECT count(*) / 60 FROM push`)
	var all []int64
	q := ledger.Filter{Limit: 3}
	for more := true; more; {
		var page []int64
		page, more, q.Before = d.serials(t, q)
		all = append(all, page...)
	}
	stop()
	pushes.Wait()
	if len(all) <= len(before) || !slices.Equal(all[len(all)-len(before):], before) {
		t.Errorf("got %d rows, which do not end with the %d that were there", len(all), len(before))
	}
	if distinct := slices.Compact(slices.Sorted(slices.Values(all))); len(distinct) != len(all) {
		t.Errorf("%d rows came twice", len(all)-len(distinct))
	}
}

// slowRecord makes the record take ten milliseconds a row.
func (d testStore) slowRecord(t *testing.T, rows int) {
	t.Helper()
	d.recorded(t, rows)
	d.Exec(t, `ALTER TABLE push RENAME TO fast_push`)
	d.Exec(t, `CREATE VIEW push AS SELECT * FROM fast_push WHERE pg_sleep(0.01) IS NOT NULL`)
}

// A question that finds nothing in all of the record ends by Postgres' word, and
// leaves the connection usable.
func TestListTakesTooLong(t *testing.T) {
	t.Parallel()
	d := newStore(t, func(o store.Options) store.Options {
		o.StatementTimeout = 500 * time.Millisecond
		return o
	})
	d.slowRecord(t, 3000)
	_, _, err := d.Pushes.List(t.Context(), ledger.Filter{OrderID: "none", Limit: 1})
	if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "57014" {
		t.Errorf("got %v", err)
	}
	if n := len(d.Sessions(t)); n != 1 {
		t.Errorf("%d connections are left of one", n)
	}
	if w, err := d.Merchant(t.Context(), "B"); err != nil || w.BizID != "B" {
		t.Errorf("after that: %+v, %v", w, err)
	}
}

// However many ask slow questions about the record, pushes find a connection.
func TestListLeavesConnections(t *testing.T) {
	t.Parallel()
	d := newStore(t, func(o store.Options) store.Options {
		o.MaxConns = 4
		return o
	})
	d.slowRecord(t, 20)
	answered := all(8, func(int) {
		if _, _, err := d.Pushes.List(t.Context(), ledger.Filter{OrderID: "none", Limit: 1}); err != nil {
			t.Error(err)
		}
	})
	d.WaitFor(t, asleep)
	if m, err := d.Merchant(t.Context(), "B"); err != nil || m.BizID != "B" {
		t.Errorf("a short question: %+v, %v", m, err)
	}
	select {
	case <-answered:
		t.Error("the slow questions did not take long: nothing is tested")
	default:
	}
	d.wantLimit(t, 1, asleep, answered)
}

// Every question is asked of one snapshot, writes nothing, is planned for what is
// asked, and leaves the other processors to the pushes.
func TestReadSettings(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.recorded(t, 1)
	d.Exec(t, `ALTER TABLE push RENAME TO fast_push`)
	d.Exec(t, `CREATE VIEW push AS SELECT at, id, format, mode, account, biz_id, order_id, waybill_id, identity, result_code, repeat, took_us,
		current_setting('transaction_isolation') || ', ' || current_setting('transaction_read_only') AS event,
		concat_ws(', ', current_setting('plan_cache_mode'), current_setting('max_parallel_workers_per_gather'), current_setting('jit')) AS reason FROM fast_push`)
	for range 2 {
		page, _, err := d.Pushes.List(t.Context(), ledger.Filter{Limit: 1})
		if err != nil || page[0].Event != "repeatable read, on" || page[0].Reason != "force_custom_plan, 0, off" {
			t.Errorf("%+v, %v", page, err)
		}
	}
	d.WantInt(t, 0, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'`)
}

// A passing fault is tried again: the connection is cut, and the answer comes.
func TestReadAgain(t *testing.T) {
	t.Parallel()
	var n network
	d := newStore(t, queryMode("exec"), n.under)
	d.recorded(t, 10)
	d.AddWaybills(t, "W")
	instanttest.InsertOrders(t, d.Database, delivery.Waiting, "D")
	ctx, stop := context.WithTimeout(t.Context(), storetest.Patience)
	defer stop()
	for name, call := range map[string]func() error{
		"pushes": func() error {
			page, _, err := d.Pushes.List(ctx, ledger.Filter{Limit: 20})
			return wantLen(len(page), 10, err)
		},
		"waybills": func() error {
			found, err := d.Waybills(ctx, waybill.WaybillQuery{WaybillID: "W"})
			return wantLen(len(found), 1, err)
		},
		"merchant": func() error { _, err := d.Merchant(ctx, "B"); return err },
		"history":  func() error { _, err := d.History(ctx, "B", "W", 1); return err },
		"delivery": func() error {
			r, pushes, _, err := d.Instant.History(ctx, "S", "D", 20)
			return wantLen(len(r.Attempts)+len(pushes), 1, err)
		},
	} {
		before := d.Retries()
		n.cutAtCommit(func(c *cable, write func() error) error {
			c.Conn.Close()
			return errCut
		})
		if err := call(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if d.Retries() == before {
			t.Errorf("%s: nothing was tried again", name)
		}
	}
	n.down.Store(true)
	short, stop := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer stop()
	if _, err := d.Merchant(short, "B"); err == nil || errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("without a database: %v", err)
	}
}

func wantLen(got, want int, err error) error {
	if err == nil && got != want {
		err = fmt.Errorf("got %d, want %d", got, want)
	}
	return err
}
