package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/waybill"
)

// register expects an answer.
func (d desk) register(tb testing.TB, r waybill.Registration) waybill.RegistrationDecision {
	tb.Helper()
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	got, err := d.Register(ctx, r)
	if err != nil {
		tb.Errorf("register %s: %v", r.WaybillID, err)
	}
	return got
}

// registerAtOnce registers at the same moment, over several stores, and counts
// what was said.
func registerAtOnce(t *testing.T, n int, desks []desk, r func(i int) waybill.Registration) map[waybill.Verdict]int {
	t.Helper()
	told := map[waybill.Verdict]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	gate := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-gate
			got := desks[i%len(desks)].register(t, r(i))
			mu.Lock()
			defer mu.Unlock()
			told[got.Verdict]++
		})
	}
	close(gate)
	all.Wait()
	return told
}

// Each verdict comes from the rows, and what is recorded is a waybill like any
// other: a merchant can cancel it, and an order for it gets it again.
func TestRegisterVerdicts(t *testing.T) {
	t.Parallel()
	begun := time.Now().Truncate(time.Microsecond)
	d := newBookDesk(t, 5)
	full := waybill.Registration{BizID: "P", WaybillID: "W1", OrderID: "O1", ShopAppID: "wxS", Service: "STD", BookedAt: dayOne}
	with := func(change func(*waybill.Registration)) waybill.Registration {
		r := full
		change(&r)
		return r
	}
	d.book(t, "W")
	for i, tt := range []struct {
		r    waybill.Registration
		want waybill.Verdict
	}{
		{with(func(r *waybill.Registration) { r.BizID = "nobody" }), waybill.NoMerchant},
		{with(func(r *waybill.Registration) { r.WaybillID = "W" }), waybill.NumberInUse},
		{waybill.Registration{BizID: "B", WaybillID: "W1", OrderID: "O-W"}, waybill.OrderInUse},
		{with(func(r *waybill.Registration) { r.BookedAt = time.Now().Add(time.Hour) }), waybill.InFuture},
		{full, waybill.Recorded},
		{full, waybill.Repeated},
		{with(func(r *waybill.Registration) { r.BookedAt = time.Time{} }), waybill.Repeated},
		{with(func(r *waybill.Registration) { r.Service = "EXP" }), waybill.NumberInUse},
		{with(func(r *waybill.Registration) { r.WaybillID = "W2" }), waybill.OrderInUse},
		{with(func(r *waybill.Registration) { r.BizID, r.WaybillID = "B", "W2" }), waybill.Recorded}, // another merchant's order of the same name
		{waybill.Registration{BizID: "B", WaybillID: "a'b\\c", OrderID: `o"{},NULL`}, waybill.Recorded},
		{waybill.Registration{BizID: "B", WaybillID: "cut\xe5", OrderID: "\xff"}, waybill.Recorded},
		{waybill.Registration{BizID: "B", WaybillID: "cut\xe5", OrderID: "\xff"}, waybill.Repeated},
	} {
		got := d.register(t, tt.r)
		if got.Verdict != tt.want {
			t.Errorf("%d: %s, want %s", i, got.Verdict, tt.want)
		}
		if got.Verdict.Good() && (got.Waybill.Status != waybill.Booked || got.Waybill.OrderID == "") {
			t.Errorf("%d: %+v", i, got.Waybill)
		}
	}
	if n := d.number(t, `SELECT count(*) FROM waybill WHERE biz_id = 'P' AND waybill_id = 'W1' AND order_id = 'O1' AND shop_app_id = 'wxS'
		AND service = 'STD' AND status = 'booked' AND booked_at = $1 AND book_push IS NULL AND NOT from_quota AND first_scan_at IS NULL`, dayOne); n != 1 {
		t.Error("the waybill is not as it was registered")
	}
	if n := d.number(t, `SELECT count(*) FROM waybill WHERE booked_at BETWEEN $1 AND now()`, begun); n != 3 { // with W
		t.Errorf("%d waybills were booked now", n)
	}
	if got := d.place(t, order(1, "P", "O1")); !got.Repeat || got.WaybillID != "W1" {
		t.Errorf("an order for it: %+v", got)
	}
	if n := d.quota(t, "P"); n != 5 {
		t.Errorf("the quota is %d", n)
	}
	d.says(t, seen("W1", waybill.Collecting, 0), waybill.Recorded, waybill.Collected)
	if got := d.register(t, full); got.Verdict != waybill.Repeated || got.Waybill.Status != waybill.Collected {
		t.Errorf("again: %s, %s", got.Verdict, got.Waybill.Status)
	}
	d.want(t, cancelOf(2, "B", "O1", "W2"), waybill.Accepted, false)
}

// A set is decided one by one, each as those before it have left things.
func TestRegisterBatch(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	set := []waybill.Registration{
		{BizID: "B", WaybillID: "W2", OrderID: "O1"}, {BizID: "B", WaybillID: "W1", OrderID: "O2"}, {BizID: "B", WaybillID: "W2", OrderID: "O1"},
		{BizID: "B", WaybillID: "W2", OrderID: "O3"}, {BizID: "B", WaybillID: "W3", OrderID: "O1"}, {BizID: "C", WaybillID: "W4", OrderID: "O4"},
	}
	want := []waybill.Verdict{waybill.Recorded, waybill.Recorded, waybill.Repeated, waybill.NumberInUse, waybill.OrderInUse, waybill.NoMerchant}
	got, err := d.RunRegistrations(t.Context(), set)
	if err != nil {
		t.Fatal(err)
	}
	for i, g := range got {
		if g == nil || g.Verdict != want[i] {
			t.Errorf("%d: got %+v, want %s", i, g, want[i])
		}
	}
	if n := d.number(t, `SELECT count(*) FROM waybill`); n != 2 {
		t.Errorf("%d waybills", n)
	}
}

// However many register the same at once, on two servers, one has done it; of
// those who want one number, or one order, one has it.
func TestRegisterAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.exec(t, `INSERT INTO merchant (biz_id, password_hash) VALUES ('C', '')`)
	desks := []desk{d, openDesk(t, options(d.url))}
	const n = 16
	for round := range 10 {
		id := fmt.Sprint(round)
		same := registerAtOnce(t, n, desks, func(int) waybill.Registration {
			return waybill.Registration{BizID: "B", WaybillID: "W" + id, OrderID: "O" + id}
		})
		if same[waybill.Recorded] != 1 || same[waybill.Repeated] != n-1 {
			t.Errorf("the same: %v", same)
		}
		number := registerAtOnce(t, n, desks, func(i int) waybill.Registration {
			return waybill.Registration{BizID: "BC"[i/2%2 : i/2%2+1], WaybillID: "N" + id, OrderID: fmt.Sprint("N", id, "-", i)}
		})
		if number[waybill.Recorded] != 1 || number[waybill.NumberInUse] != n-1 {
			t.Errorf("one number: %v", number)
		}
		order := registerAtOnce(t, n, desks, func(i int) waybill.Registration {
			return waybill.Registration{BizID: "B", WaybillID: fmt.Sprint("P", id, "-", i), OrderID: "P" + id}
		})
		if order[waybill.Recorded] != 1 || order[waybill.OrderInUse] != n-1 {
			t.Errorf("one order: %v", order)
		}
	}
	if n := d.number(t, `SELECT count(*) FROM waybill`); n != 30 {
		t.Errorf("%d waybills", n)
	}
}

// A registration beside a push that books the same order, or the same number: one
// of them has it, and the other is told.
func TestRegisterBesideBook(t *testing.T) {
	t.Parallel()
	d := newBookDesk(t, 1000)
	desks := []desk{d, openDesk(t, options(d.url))}
	for i := range desks {
		desks[i].warm(t, 1000+i)
	}
	for round := range 40 {
		oneOrder := round%2 == 0
		orderID, number := fmt.Sprint("O", round), fmt.Sprintf("WX%08d", round+1)
		r := waybill.Registration{BizID: "P", WaybillID: number, OrderID: orderID}
		if oneOrder {
			r.WaybillID = "R" + number
		} else {
			r.OrderID = "R" + orderID
		}
		var registered waybill.RegistrationDecision
		var booked waybill.BookingDecision
		var both sync.WaitGroup
		gate := make(chan struct{})
		both.Go(func() { <-gate; registered = desks[round/2%2].register(t, r) })
		both.Go(func() { <-gate; booked = desks[round/4%2].place(t, order(round, "P", orderID, numbered(number))) })
		close(gate)
		both.Wait()
		var bookWon, registerWon bool
		if oneOrder {
			bookWon = registered.Verdict == waybill.OrderInUse && !booked.Repeat && booked.WaybillID == number
			registerWon = registered.Verdict == waybill.Recorded && booked.Repeat && booked.WaybillID == r.WaybillID
		} else {
			bookWon = registered.Verdict == waybill.NumberInUse && booked.Reason == waybill.Accepted && booked.WaybillID == number
			registerWon = registered.Verdict == waybill.Recorded && booked.Reason == waybill.NumberTaken
		}
		if bookWon == registerWon {
			t.Errorf("%+v: %s; the push: %+v", r, registered.Verdict, booked)
		}
	}
	if n := d.number(t, `SELECT count(*) FROM waybill`); n != 40 {
		t.Errorf("%d waybills", n)
	}
	if n, booked := d.quota(t, "P"), d.number(t, `SELECT count(*) FROM booking`); n != 1000-booked {
		t.Errorf("the quota is %d after %d bookings", n, booked)
	}
}

// Two batches that name the same waybills in opposite order write them in the same
// one: who comes second waits, and is told.
func TestRegisterLockOrder(t *testing.T) {
	t.Parallel()
	const rounds, size = 40, 60
	d := newDesk(t)
	desks := []desk{d, openDesk(t, options(d.url))}
	for round := range rounds {
		var sets [2][]waybill.Registration
		for k := range size {
			r := waybill.Registration{BizID: "B", WaybillID: fmt.Sprintf("W%d-%d", round, k), OrderID: fmt.Sprintf("O%d-%d", round, size-k)}
			sets[0], sets[1] = append(sets[0], r), append(sets[1], r)
		}
		slices.Reverse(sets[1])
		var wg sync.WaitGroup
		for i := range sets {
			wg.Go(func() {
				if _, err := desks[i].RunRegistrations(t.Context(), sets[i]); err != nil && !strings.Contains(err.Error(), "23505") {
					t.Errorf("round %d: %v", round, err)
				}
			})
		}
		wg.Wait()
	}
	if dead := d.number(t, `SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`); dead != 0 {
		t.Errorf("%d deadlocks", dead)
	}
	if n := d.number(t, `SELECT count(*) FROM waybill`); n != rounds*size {
		t.Errorf("%d waybills", n)
	}
}
