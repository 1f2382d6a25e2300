package instant_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/store/storetest"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// insertPush inserts a ledger entry, so many seconds after noon; its serial number is
// the same number.
func (d testStore) insertPush(t *testing.T, serial int, shopID, orderID, event, reason string) {
	t.Helper()
	d.Exec(t, `INSERT INTO push (biz_id, waybill_id, at, id, order_id, event, format, mode, identity, result_code, reason, repeat, took_us)
		VALUES ($1, '', $2, $3, $4, $5, 'json', 'secure', sha256('x'), 1033, $6, false, 7)`,
		shopID, noon.Add(time.Duration(serial)*time.Second), serial, orderID, event, reason)
}

// history expects an answer.
func (d testStore) history(t *testing.T, orderID string, limit int) (delivery.OrderHistory, []int64, bool) {
	t.Helper()
	r, pushes, more, err := d.History(t.Context(), "S", orderID, limit)
	if err != nil {
		t.Fatalf("%s: %v", orderID, err)
	}
	var serials []int64
	for _, a := range pushes {
		if a.BizID != "S" || a.OrderID != orderID {
			t.Errorf("a push of shop %s about %s", a.BizID, a.OrderID)
		}
		serials = append(serials, a.Serial)
	}
	return r, serials, more
}

// serials are those of a page of the ledger.
func (d testStore) serials(t *testing.T, q ledger.Filter) (serials []int64, more bool) {
	t.Helper()
	page, more, err := d.ledger.List(t.Context(), q)
	if err != nil {
		t.Fatalf("%+v: %v", q, err)
	}
	for _, e := range page {
		serials = append(serials, e.Serial)
	}
	return serials, more
}

// holdSlowRead is a slow read that takes until release.
func (d testStore) holdSlowRead(t *testing.T) (release func()) {
	t.Helper()
	let, begun, over := make(chan bool), make(chan bool), make(chan error, 1)
	go func() {
		over <- d.pool.Read(context.Background(), true, func(*pgx.Batch) {}, func(pgx.BatchResults) error {
			close(begun)
			<-let
			return nil
		})
	}()
	select {
	case <-begun:
	case err := <-over:
		t.Fatal(err)
	}
	return func() {
		close(let)
		<-over
	}
}

// History reads all, in each query mode: the order, its attempts oldest first, each
// with its steps in the order in which they were recorded; but no codes and no token.
func TestHistoryWhole(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "cache_describe", "exec", "simple_protocol"} {
		d := newStore(t, queryMode(mode))
		instanttest.InsertOrders(t, d.Database, delivery.Waiting, "D", "other")
		d.Exec(t, `UPDATE delivery_attempt SET expired = true WHERE waybill_id = 'Y-D'`)
		instanttest.InsertAttempt(t, d.Database, "D", 2, "Y2", delivery.CancelledEarly)
		instanttest.InsertAttempt(t, d.Database, "D", 3, "Y3", delivery.Assigned)
		d.Exec(t, `UPDATE delivery_attempt SET deliver_fen = 1099511627776, coupon_fen = 2, insurance_fen = 3, metres = 4, tips_fen = 5, tips_now_fen = 6, deducted_fen = 7, cancel_push = decode('09' || repeat('00', 31), 'hex'),
			cancel_reason = 6, push = decode('08' || repeat('00', 31), 'hex'),
			expires_at = $1, message = '到了' WHERE attempt = 2`, noon.Add(123456*time.Microsecond))
		// The clock was set back in between.
		d.Exec(t, `UPDATE delivery_step SET recorded_at = $1, message = '骑手', recorded_by = 'a''b', at = $1 WHERE attempt = 2 AND serial = 2`, instanttest.Start.Add(-time.Hour))
		step := func(status delivery.Status, at time.Time, message, by string) delivery.Step {
			return delivery.Step{Status: status, At: at, Message: message, RecordedAt: at, RecordedBy: by}
		}
		first := delivery.Attempt{
			Number: 1, WaybillID: "Y-D", Push: sha256.Sum256([]byte("x")), PlacedAt: instanttest.Start, ExpiresAt: instanttest.Start.Add(2 * time.Hour), Status: delivery.Waiting, StatusAt: instanttest.Start, Expired: true,
			Quote: delivery.Quote{Deliver: 1000, Coupon: 100, Insurance: 5, Metres: 4321}, Tips: 200, TipsNow: 300,
		}
		second, third := first, first
		second.Push = [32]byte{8}
		second.Number, second.WaybillID, second.Status, second.Expired, second.Message = 2, "Y2", delivery.CancelledEarly, false, "到了"
		second.Quote, second.Tips, second.TipsNow, second.Deducted = delivery.Quote{Deliver: 1 << 40, Coupon: 2, Insurance: 3, Metres: 4}, 5, 6, 7
		second.CancelPush, second.CancelReason = [32]byte{9}, 6
		second.ExpiresAt = noon.Add(123456 * time.Microsecond)
		third.Number, third.WaybillID, third.Status, third.Expired = 3, "Y3", delivery.Assigned, false
		placed := step(delivery.Waiting, instanttest.Start, "", "push")
		want := delivery.OrderHistory{ShopID: "S", OrderID: "D", ShopNo: "no", Attempts: []delivery.AttemptHistory{
			{Attempt: first, Steps: []delivery.Step{placed}},
			{Attempt: second, Steps: []delivery.Step{placed, step(delivery.CancelledEarly, instanttest.Start.Add(-time.Hour), "骑手", "a'b")}},
			{Attempt: third, Steps: []delivery.Step{placed, step(delivery.Assigned, instanttest.Start, "", "hub")}},
		}}
		got, pushes, more := d.history(t, "D", 10)
		if len(pushes) != 0 || more {
			t.Errorf("%s: there was no push, got %v, more: %t", mode, pushes, more)
		}
		inUTC(&got)
		if !reflect.DeepEqual(got, want) {
			for i := range want.Attempts {
				if i < len(got.Attempts) && !reflect.DeepEqual(got.Attempts[i], want.Attempts[i]) {
					t.Errorf("%s: attempt %d is another: %s", mode, i+1, differences(got.Attempts[i], want.Attempts[i]))
				}
			}
			t.Errorf("%s: %d attempts, shop %s, order %s, no %s, erased: %t", mode, len(got.Attempts), got.ShopID, got.OrderID, got.ShopNo, got.Erased)
		}
	}
}

// inUTC makes times comparable.
func inUTC(r *delivery.OrderHistory) {
	for i := range r.Attempts {
		a := &r.Attempts[i]
		a.PlacedAt, a.ExpiresAt, a.StatusAt = a.PlacedAt.UTC(), a.ExpiresAt.UTC(), a.StatusAt.UTC()
		for k := range a.Steps {
			a.Steps[k].At, a.Steps[k].RecordedAt = a.Steps[k].At.UTC(), a.Steps[k].RecordedAt.UTC()
		}
	}
}

// differences names the fields in which two attempts differ: their values do not print
// themselves.
func differences(a, b delivery.AttemptHistory) string {
	var names []string
	x, y := reflect.ValueOf(a.Attempt), reflect.ValueOf(b.Attempt)
	for i := range x.NumField() {
		if !reflect.DeepEqual(x.Field(i).Interface(), y.Field(i).Interface()) {
			names = append(names, x.Type().Field(i).Name)
		}
	}
	return fmt.Sprintf("%q, %d and %d steps", names, len(a.Steps), len(b.Steps))
}

// The newest pushes about an order come with it: of every month, also those that were
// refused and have no waybill, and none about another order or of the express family.
// More is true where there are older ones.
func TestHistoryPushes(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	instanttest.InsertOrders(t, d.Database, delivery.Waiting, "D", "E")
	for i, p := range []struct{ shopID, orderID, event, reason string }{
		{"S", "D", "transport_add_order", "accepted"},
		{"S", "D", "transport_readd_order", "order_under_way"},
		{"S", "D", "cancel_waybill", "unknown_waybill"}, // an express order of the same number
		{"S", "E", "transport_add_order", "accepted"},
		{"T", "D", "transport_add_order", "accepted"},
		{"S", "D", "transport_cancel_order", "accepted"},
	} {
		d.insertPush(t, i+1, p.shopID, p.orderID, p.event, p.reason)
	}
	d.Exec(t, `UPDATE push SET waybill_id = 'Y-D' WHERE id = 1`)
	d.Exec(t, `UPDATE push SET at = at - interval '400 days' WHERE id = 2`) // in the default partition
	for _, tt := range []struct {
		limit int
		want  []int64
		more  bool
	}{{1, []int64{6}, true}, {2, []int64{6, 1}, true}, {3, []int64{6, 1, 2}, false}, {100, []int64{6, 1, 2}, false}} {
		if _, got, more := d.history(t, "D", tt.limit); !slices.Equal(got, tt.want) || more != tt.more {
			t.Errorf("limit %d: %v, more: %t, want %v", tt.limit, got, more, tt.want)
		}
	}
	next := ledger.Filter{BizID: "S", OrderID: "D", Event: ledger.AnyInstant, Limit: 1, Before: &ledger.Cursor{At: noon.Add(6 * time.Second), Serial: 6}}
	for want, anything := range map[int64]string{1: next.Event, 3: ""} {
		next.Event = anything
		if got, more := d.serials(t, next); !slices.Equal(got, []int64{want}) || !more {
			t.Errorf("the next page of %q: %v, want %d", anything, got, want)
		}
	}
	page, more, err := d.ledger.List(t.Context(), ledger.Filter{BizID: "S", OrderID: "D", Event: "transport_readd_order", Limit: 1})
	if err != nil || len(page) != 1 || page[0].Serial != 2 || more {
		t.Errorf("by event: %v, %v", page, err)
	}
}

// An event is one of instant delivery for a filter where ledger.Instant says so: also one
// without the usual prefix, and not one whose name only begins like it.
func TestListInstantEvents(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	var want []int64
	events := []string{
		"cancel_waybill", "transport_add_order", "transport_get_agent_pos", "transport_", "transport", "transportation_order", "transportXadd_order",
		"get_pre_auth_code", "get_auth_info", "cancel_auth_account", "mock_update_order_status", "get_quota", "",
	}
	for i, event := range events {
		d.insertPush(t, i+1, "S", "D", event, "x")
		if ledger.Instant(event) {
			want = append([]int64{int64(i + 1)}, want...)
		}
	}
	if got, _ := d.serials(t, ledger.Filter{BizID: "S", OrderID: "D", Event: ledger.AnyInstant, Limit: 100}); !slices.Equal(got, want) || len(want) != 7 {
		t.Errorf("entries %v, want %v", got, want)
	}
	for i, event := range events[:len(events)-1] { // "" is no filter
		if got, _ := d.serials(t, ledger.Filter{BizID: "S", OrderID: "D", Event: event, Limit: 100}); !slices.Equal(got, []int64{int64(i + 1)}) {
			t.Errorf("entries of %s: %v", event, got)
		}
	}
}

// An order that was never placed is not found, even if there were pushes about it; nor
// is another shop's, nor one whose id Postgres cannot store.
func TestHistoryNotFound(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	instanttest.InsertOrders(t, d.Database, delivery.Waiting, "D")
	d.insertPush(t, 1, "S", "never", "transport_readd_order", "unknown_order")
	for _, id := range [][2]string{{"S", "never"}, {"S", "none"}, {"T", "D"}, {"S", ""}, {"", "D"}, {"S", "D\x00"}, {"\xff", "D"}} {
		r, pushes, more, err := d.History(t.Context(), id[0], id[1], 10)
		if !errors.Is(err, ledger.ErrNotFound) || r.Attempts != nil || pushes != nil || more {
			t.Errorf("%q: %d attempts, %d pushes, %v", id, len(r.Attempts), len(pushes), err)
		}
	}
}

// An order is erased once the data of its last attempt is, whatever is left of the
// attempts before.
func TestHistoryErased(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	instanttest.InsertOrders(t, d.Database, delivery.CancelledEarly, "D", "E")
	instanttest.InsertAttempt(t, d.Database, "D", 2, "Y2", delivery.CancelledEarly)
	erased := func(want bool, after string) {
		t.Helper()
		if r, _, _ := d.history(t, "D", 1); r.Erased != want || len(r.Attempts) != 2 {
			t.Errorf("%s: erased: %t, %d attempts", after, r.Erased, len(r.Attempts))
		}
	}
	erased(false, "at first")
	d.Exec(t, `DELETE FROM delivery_details WHERE order_id = 'D' AND attempt = 1`)
	erased(false, "without the first attempt's")
	d.Exec(t, `DELETE FROM delivery_details WHERE order_id = 'D' AND attempt = 2`)
	erased(true, "without any")
	d.Exec(t, `INSERT INTO delivery_details VALUES ('S', 'D', 1, $1, '{}')`, instanttest.Start)
	erased(true, "without the last attempt's")
}

// An order with too many steps stays readable: the newest are shown, and StepsCut is
// set.
func TestHistoryCut(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	instanttest.InsertOrders(t, d.Database, delivery.CancelledEarly, "D")
	instanttest.InsertAttempt(t, d.Database, "D", 2, "Y2", delivery.Waiting)
	d.Exec(t, `INSERT INTO delivery_step SELECT 'S', 'D', 2, n, 102, $1::timestamptz + n * interval '1 second', '', now(), 'hub' FROM generate_series(2, 998) AS n`, instanttest.Start)
	read := func(first, second int, cut bool) {
		t.Helper()
		r, _, _ := d.history(t, "D", 1)
		if len(r.Attempts) != 2 || len(r.Attempts[0].Steps) != first || len(r.Attempts[1].Steps) != second || r.StepsCut != cut {
			t.Fatalf("%d and %d steps, cut: %t, want %d and %d", len(r.Attempts[0].Steps), len(r.Attempts[1].Steps), r.StepsCut, first, second)
		}
		for i, s := range r.Attempts[1].Steps[1:] {
			if s.At.Before(r.Attempts[1].Steps[i].At) {
				t.Fatalf("step %d is before the one before it", i+1)
			}
		}
	}
	read(2, 998, false)
	d.Exec(t, `UPDATE delivery_attempt SET status = 102 WHERE attempt = 2`)
	d.WantVerdict(t, instanttest.Report("D", delivery.Assigned, 40, instanttest.Of("Y2")), delivery.Recorded, delivery.Assigned)
	read(1, 999, true)
	d.Exec(t, `INSERT INTO delivery_step SELECT 'S', 'D', 2, n, 102, $1::timestamptz + n * interval '1 hour', '', now(), 'hub' FROM generate_series(1000, 1500) AS n`, instanttest.Start)
	read(0, 1000, true)
}

// A history is one snapshot: while reports come in, an attempt always has the status of
// its last step.
func TestHistoryOneMoment(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	instanttest.InsertOrders(t, d.Database, delivery.Assigned, "D")
	ctx, stop := context.WithCancel(t.Context())
	var reporting sync.WaitGroup
	reporting.Go(func() {
		for i := 1; ctx.Err() == nil; i++ {
			status := delivery.Assigned
			if i%2 == 0 {
				status = delivery.Waiting
			}
			d.MustReport(t, instanttest.Report("D", status, 0, func(r *delivery.StatusReport) { r.At = r.At.Add(time.Duration(i) * time.Second) }))
		}
	})
	states := map[time.Time]bool{} // and not how many steps there are: all of them are not shown for long
	for end := time.Now().Add(storetest.Patience); len(states) < 100 && time.Now().Before(end); {
		r, _, _ := d.history(t, "D", 1)
		a := r.Attempts[0]
		last := a.Steps[len(a.Steps)-1]
		if last.Status != a.Status || !last.At.Equal(a.StatusAt) || last.Message != a.Message {
			t.Fatalf("the attempt is in %d since %v, its last step is %d at %v", a.Status, a.StatusAt, last.Status, last.At)
		}
		states[a.StatusAt.UTC()] = true
	}
	stop()
	reporting.Wait()
	if len(states) < 100 {
		t.Errorf("it had only %d states meanwhile", len(states))
	}
}

// A history does not wait for slow reads, nor does a list of an order and an event of
// instant delivery. An order without an event may be of either family, and waits.
func TestPushyQuestionsAreQuick(t *testing.T) {
	t.Parallel()
	d := newStore(t, func(o *settings) { o.pg.MaxConns = 4 })
	instanttest.InsertOrders(t, d.Database, delivery.Waiting, "D")
	defer d.holdSlowRead(t)()
	if r, _, _ := d.history(t, "D", 1); len(r.Attempts) != 1 {
		t.Errorf("%d attempts", len(r.Attempts))
	}
	for _, tt := range []struct {
		q     ledger.Filter
		quick bool
	}{
		{ledger.Filter{BizID: "S", OrderID: "D", Event: "transport_add_order"}, true},
		{ledger.Filter{BizID: "S", OrderID: "D", Event: ledger.AnyInstant}, true},
		{ledger.Filter{BizID: "S", OrderID: "D"}, false},
		{ledger.Filter{BizID: "S", OrderID: "D", Event: "cancel_waybill"}, false},
		{ledger.Filter{OrderID: "D", Event: "transport_add_order"}, false},
		{ledger.Filter{BizID: "S", Event: "transport_add_order"}, false},
	} {
		wait := 100 * time.Millisecond // for the one slow read at a time
		if tt.quick {
			wait = storetest.Patience
		}
		ctx, stop := context.WithTimeout(t.Context(), wait)
		tt.q.Limit = 1
		_, _, err := d.ledger.List(ctx, tt.q)
		stop()
		if (err == nil) != tt.quick || err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%+v: %v", tt.q, err)
		}
	}
}
