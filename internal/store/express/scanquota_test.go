package express_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/pg"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// When the carrier's own systems cancel what nobody has collected, the merchant's
// quota gets back what the booking took, once.
func TestScanGivesBack(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 4)
	free, collected, late := d.Booked(t, expresstest.OrderPush(1, "P", "O1")), d.Booked(t, expresstest.OrderPush(2, "P", "O2")), d.Booked(t, expresstest.OrderPush(3, "P", "O3"))
	d.Exec(t, `INSERT INTO waybill (biz_id, waybill_id, order_id) VALUES ('P', 'imported', 'O4')`)
	wantQuota := func(after string, want int) {
		t.Helper()
		d.WantQuota(t, "P", want)

	}
	d.WantScan(t, expresstest.ScanOf(free, waybill.Cancelling, 1), waybill.Recorded, waybill.Cancelled)
	wantQuota("a cancel", 2)
	d.WantScan(t, expresstest.ScanOf(free, waybill.Cancelling, 1), waybill.Repeated, waybill.Cancelled)
	d.WantScan(t, expresstest.ScanOf(free, waybill.Cancelling, 2), waybill.WaybillCancelled, waybill.Cancelled)
	d.WantCancel(t, expresstest.CancelOf(4, "P", "O1", free), waybill.AlreadyCancelled, false)
	wantQuota("its repeats", 2)
	d.WantScan(t, expresstest.ScanOf(collected, waybill.Collecting, 1), waybill.Recorded, waybill.Collected)
	d.WantScan(t, expresstest.ScanOf(collected, waybill.Cancelling, 2), waybill.Recorded, waybill.Cancelled)
	wantQuota("a cancel of what was collected", 2)
	d.WantScan(t, expresstest.ScanOf("imported", waybill.Cancelling, 2), waybill.Recorded, waybill.Cancelled)
	wantQuota("a cancel of what took nothing", 2)
	if got, want := d.Life(t, collected), "cancelled collected 1 cancelled 2 traced paid"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	d.Exec(t, `DELETE FROM quota`)
	d.WantScan(t, expresstest.ScanOf(late, waybill.Cancelling, 2), waybill.Recorded, waybill.Cancelled)
	d.WantInt(t, 0, `SELECT count(*) FROM quota`)
}

// A push and a scan cancel the same waybill at once, on two servers: one of them
// gives back, the other is told.
func TestScanAndPushGiveBackOnce(t *testing.T) {
	t.Parallel()
	const rounds = 60
	d := newBookingStore(t, rounds)
	stores := []testStore{d, openStore(t, d.Database, standard)}
	for i := range stores {
		stores[i].warm(t, 1000+i)
	}
	for round := range rounds {
		id := fmt.Sprint("O", round)
		number := d.Booked(t, expresstest.OrderPush(round, "P", id))
		var scanned waybill.ScanDecision
		var pushed waybill.CancelDecision
		var both sync.WaitGroup
		both.Go(func() { scanned = stores[round%2].MustScan(t, expresstest.ScanOf(number, waybill.Cancelling, 0)) })
		both.Go(func() { pushed = stores[1-round%2].MustCancel(t, expresstest.CancelOf(round, "P", id, number)) })
		both.Wait()
		won := 0
		if scanned.Verdict == waybill.Recorded {
			won++
		}
		if pushed.Reason == waybill.Accepted {
			won++
		}
		if n := d.Quota(t, "P"); won != 1 || n != rounds {
			t.Fatalf("%s and %s, and the quota is %d of %d", scanned.Verdict, pushed.Reason, n, rounds)
		}
	}
}

// A quota that somebody has locked delays only the scans that give back to it, and
// no other scan of the same merchant either. They are decided once it is free.
func TestScanQuotaLocked(t *testing.T) {
	t.Parallel()
	const paid = 5000
	d := newBookingStore(t, paid, lockTimeout(400*time.Millisecond), oneBatch)
	d.Exec(t, `INSERT INTO waybill (biz_id, waybill_id, order_id, from_quota) SELECT 'P', 'Q' || i, 'O' || i, true FROM generate_series(0, $1 - 1) AS i`, paid)
	d.AddWaybills(t, "B0", "B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B9")
	d.Exec(t, `INSERT INTO waybill (biz_id, waybill_id, order_id) SELECT 'P', 'P' || i, 'OP' || i FROM generate_series(0, 9) AS i`)
	var spoilt atomic.Int64
	d.WatchBatches(func(_ []string, err error) {
		if pg.LockTimeout(err) {
			spoilt.Add(1)
		}
	})
	release := d.Lock(t, `SELECT FROM quota WHERE biz_id = 'P' FOR UPDATE`)
	var waiting sync.WaitGroup
	var early atomic.Int64
	giveBack := func(n int) {
		if g := d.MustScan(t, expresstest.ScanOf(fmt.Sprint("Q", n), waybill.Cancelling, 0)); g.Verdict != waybill.Recorded {
			t.Errorf("Q%d: %s", n, g.Verdict)
		}
		early.Add(1)
	}
	waiting.Go(func() { giveBack(0) })
	storetest.Until(t, "it is kept apart", func() bool { return d.Isolated() == 1 })
	first, gone := spoilt.Load(), 1
	others, answered := context.WithCancel(t.Context())
	waiting.Go(func() {
		for ; others.Err() == nil && gone < paid || gone < 20; gone++ { // they go on coming
			n := gone
			waiting.Go(func() { giveBack(n) })
			time.Sleep(10 * time.Millisecond)
		}
	})
	var reported sync.WaitGroup
	for w := range 8 {
		reported.Go(func() {
			for n := range 40 {
				s := expresstest.ScanOf(fmt.Sprint("BP"[w%2:w%2+1], n%10), 200001, n, expresstest.Keyed(fmt.Sprint(w, "-", n)))
				if g := d.MustScan(t, s); g.Verdict != waybill.Recorded {
					t.Errorf("%s: %s", s.WaybillID, g.Verdict)
				}
			}
		})
	}
	reported.Wait()
	storetest.Until(t, "many wait for the quota", func() bool { return early.Load() > 0 || d.Int(t, storetest.LockWaits) > 0 })
	answered()
	if n := early.Load(); n != 0 {
		t.Errorf("%d gave back to a quota that is locked", n)
	}
	if n := spoilt.Load() - first; first != 1 || n != 0 {
		t.Errorf("%d batches waited for the quota, and %d once who waits for it was kept apart", first, n)
	}
	if n := d.Isolated(); n != 1 {
		t.Errorf("%d merchants' scans are kept apart", n)
	}
	release()
	waiting.Wait()
	if n := d.Quota(t, "P"); n != paid+gone || gone < 10 {
		t.Errorf("the quota is %d after %d were given back", n, gone)
	}
	if n := d.Isolated(); n != 0 {
		t.Errorf("%d merchants' scans are kept apart in the end", n)
	}
}
