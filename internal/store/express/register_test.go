package express_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// registerAtOnce registers at the same moment, over several stores, and counts
// what was said.
func registerAtOnce(t *testing.T, n int, stores []testStore, r func(i int) waybill.Registration) map[waybill.Verdict]int {
	t.Helper()
	answers := map[waybill.Verdict]int{}
	for _, got := range storetest.AtOnce(n, func(i int) waybill.RegistrationDecision { return stores[i%len(stores)].MustRegister(t, r(i)) }) {
		answers[got.Verdict]++
	}
	return answers
}

// Each verdict comes from the rows, and what is recorded is a waybill like any
// other: a merchant can cancel it, and an order for it gets it again.
func TestRegisterVerdicts(t *testing.T) {
	t.Parallel()
	begun := time.Now().Truncate(time.Microsecond)
	d := newBookingStore(t, 5)
	full := waybill.Registration{BizID: "P", WaybillID: "W1", OrderID: "O1", ShopAppID: "wxS", Service: "STD", BookedAt: expresstest.DayOne}
	with := func(change func(*waybill.Registration)) waybill.Registration {
		r := full
		change(&r)
		return r
	}
	d.AddWaybills(t, "W")
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
		got := d.MustRegister(t, tt.r)
		if got.Verdict != tt.want {
			t.Errorf("%d: %s, want %s", i, got.Verdict, tt.want)
		}
		if got.Verdict.Good() && (got.Waybill.Status != waybill.Booked || got.Waybill.OrderID == "") {
			t.Errorf("%d: %+v", i, got.Waybill)
		}
	}
	d.WantInt(t, 1, `SELECT count(*) FROM waybill WHERE biz_id = 'P' AND waybill_id = 'W1' AND order_id = 'O1' AND shop_app_id = 'wxS'
		AND service = 'STD' AND status = 'booked' AND booked_at = $1 AND book_push IS NULL AND NOT from_quota AND first_scan_at IS NULL`, expresstest.DayOne)
	if n := d.Int(t, `SELECT count(*) FROM waybill WHERE booked_at BETWEEN $1 AND now()`, begun); n != 3 { // with W
		t.Errorf("%d waybills were booked now", n)
	}
	if got := d.MustBook(t, expresstest.OrderPush(1, "P", "O1")); !got.Repeat || got.WaybillID != "W1" {
		t.Errorf("an order for it: %+v", got)
	}
	d.WantQuota(t, "P", 5)

	d.WantScan(t, expresstest.ScanOf("W1", waybill.Collecting, 0), waybill.Recorded, waybill.Collected)
	if got := d.MustRegister(t, full); got.Verdict != waybill.Repeated || got.Waybill.Status != waybill.Collected {
		t.Errorf("again: %s, %s", got.Verdict, got.Waybill.Status)
	}
	d.WantCancel(t, expresstest.CancelOf(2, "B", "O1", "W2"), waybill.Accepted, false)
}

// A set is decided one by one, each as those before it have left things.
func TestRegisterBatch(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	set := []waybill.Registration{
		{BizID: "B", WaybillID: "W2", OrderID: "O1"}, {BizID: "B", WaybillID: "W1", OrderID: "O2"}, {BizID: "B", WaybillID: "W2", OrderID: "O1"},
		{BizID: "B", WaybillID: "W2", OrderID: "O3"}, {BizID: "B", WaybillID: "W3", OrderID: "O1"}, {BizID: "C", WaybillID: "W4", OrderID: "O4"},
	}
	want := []waybill.Verdict{waybill.Recorded, waybill.Recorded, waybill.Repeated, waybill.NumberInUse, waybill.OrderInUse, waybill.NoMerchant}
	got, err := d.RunRegistrations(t.Context(), set)
	storetest.Must(t, err)
	for i, g := range got {
		if g == nil || g.Verdict != want[i] {
			t.Errorf("%d: got %+v, want %s", i, g, want[i])
		}
	}
	d.WantInt(t, 2, `SELECT count(*) FROM waybill`)
}

// However many register the same at once, on two servers, one has done it; of
// those who want one number, or one order, one has it.
func TestRegisterAtOnce(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.Exec(t, `INSERT INTO merchant (biz_id, password_hash) VALUES ('C', '')`)
	stores := []testStore{d, openStore(t, d.Database, standard)}
	const n = 16
	for round := range 10 {
		id := fmt.Sprint(round)
		same := registerAtOnce(t, n, stores, func(int) waybill.Registration {
			return waybill.Registration{BizID: "B", WaybillID: "W" + id, OrderID: "O" + id}
		})
		if same[waybill.Recorded] != 1 || same[waybill.Repeated] != n-1 {
			t.Errorf("the same: %v", same)
		}
		number := registerAtOnce(t, n, stores, func(i int) waybill.Registration {
			return waybill.Registration{BizID: "BC"[i/2%2 : i/2%2+1], WaybillID: "N" + id, OrderID: fmt.Sprint("N", id, "-", i)}
		})
		if number[waybill.Recorded] != 1 || number[waybill.NumberInUse] != n-1 {
			t.Errorf("one number: %v", number)
		}
		order := registerAtOnce(t, n, stores, func(i int) waybill.Registration {
			return waybill.Registration{BizID: "B", WaybillID: fmt.Sprint("P", id, "-", i), OrderID: "P" + id}
		})
		if order[waybill.Recorded] != 1 || order[waybill.OrderInUse] != n-1 {
			t.Errorf("one order: %v", order)
		}
	}
	d.WantInt(t, 30, `SELECT count(*) FROM waybill`)
}

// A registration beside a push that books the same order, or the same number: one
// of them has it, and the other is told.
func TestRegisterBesideBook(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 1000)
	stores := []testStore{d, openStore(t, d.Database, standard)}
	for i := range stores {
		stores[i].warm(t, 1000+i)
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
		storetest.Race(0, func() { registered = stores[round/2%2].MustRegister(t, r) }, func() {
			booked = stores[round/4%2].MustBook(t, expresstest.OrderPush(round, "P", orderID, expresstest.Numbered(number)))
		})
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
	d.WantInt(t, 40, `SELECT count(*) FROM waybill`)
	if n, booked := d.Quota(t, "P"), d.Int(t, `SELECT count(*) FROM booking`); n != 1000-booked {
		t.Errorf("the quota is %d after %d bookings", n, booked)
	}
}

// Two batches that name the same waybills in opposite order write them in the same
// one: who comes second waits, and is told.
func TestRegisterLockOrder(t *testing.T) {
	t.Parallel()
	const rounds, size = 40, 60
	d := newStore(t)
	stores := []testStore{d, openStore(t, d.Database, standard)}
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
				if _, err := stores[i].RunRegistrations(t.Context(), sets[i]); err != nil && !strings.Contains(err.Error(), "23505") {
					t.Errorf("round %d: %v", round, err)
				}
			})
		}
		wg.Wait()
	}
	d.WantInt(t, 0, storetest.Deadlocks)
	if n := d.Int(t, `SELECT count(*) FROM waybill`); n != rounds*size {
		t.Errorf("%d waybills", n)
	}
}
