package express_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"

	"github.com/jackc/pgx/v5"
)

// The last of a quota, and many orders: one has it, the others are told that it
// is used up.
func TestBookLastOfQuota(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 0)
	stores := []testStore{d, openStore(t, d.Database, standard)}
	for i := range stores {
		stores[i].warm(t, 1000+i)
	}
	for round := range 5 {
		d.Exec(t, `UPDATE quota SET remaining = 1`)
		got := placeAtOnce(t, 64, stores, func(i int) waybill.BookingRequest {
			return expresstest.OrderPush(round*64+i, "P", fmt.Sprintf("O%d-%d", round, i))
		})
		won := 0
		for _, g := range got {
			switch g.Reason {
			case waybill.Accepted:
				won++
			case waybill.QuotaUsedUp:
			default:
				t.Errorf("round %d: %+v", round, g)
			}
		}
		if n := d.Quota(t, "P"); won != 1 || n != 0 {
			t.Errorf("round %d: %d orders had the last one, %d are left", round, won, n)
		}
	}
}

// A cancel gives back what the booking took, once; one of a waybill that took
// nothing does not, and neither does one for a merchant that has no quota now.
func TestCancelGivesBack(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 2)
	one, two := d.Booked(t, expresstest.OrderPush(1, "P", "O1")), d.Booked(t, expresstest.OrderPush(2, "P", "O2"))
	d.Exec(t, `INSERT INTO waybill (biz_id, waybill_id, order_id) VALUES ('P', 'imported', 'O3')`)
	d.WantRefused(t, expresstest.OrderPush(3, "P", "O4"), waybill.QuotaUsedUp)
	first := expresstest.CancelOf(4, "P", "O1", one)
	d.WantCancel(t, first, waybill.Accepted, false)
	d.WantCancel(t, first, waybill.Accepted, true)
	d.WantCancel(t, expresstest.CancelOf(5, "P", "O1", one), waybill.AlreadyCancelled, false)
	d.WantCancel(t, expresstest.CancelOf(6, "P", "O3", "imported"), waybill.Accepted, false)
	d.WantQuota(t, "P", 1)

	d.Booked(t, expresstest.OrderPush(7, "P", "O5"))
	d.Exec(t, `DELETE FROM quota`)
	d.WantCancel(t, expresstest.CancelOf(8, "P", "O2", two), waybill.Accepted, false)
	d.WantInt(t, 0, `SELECT count(*) FROM quota`)
}

// Bookings, cancels and repeats of both on two servers: what is left and what is
// booked add up to what there was, at every moment, and nothing is below zero.
func TestQuotaAddsUp(t *testing.T) {
	t.Parallel()
	const start, workers, enough = 6, 16, 200
	d := newBookingStore(t, start)
	d.Exec(t, `INSERT INTO merchant (biz_id, password_hash) VALUES ('Q', '')`)
	d.Exec(t, `INSERT INTO quota VALUES ('Q', $1)`, start)
	stores := []testStore{d, openStore(t, d.Database, standard)}
	for i := range stores {
		stores[i].warm(t, 1000+i)
	}
	ctx, stop := context.WithTimeout(t.Context(), storetest.Patience)
	defer stop()
	var wg sync.WaitGroup
	var booked, cancelled, usedUp atomic.Int64
	for w := range workers {
		wg.Go(func() {
			mine := map[string]string{} // waybill numbers by order
			for n := 0; ctx.Err() == nil; n++ {
				at := stores[rand.N(len(stores))]
				if len(mine) > 0 && rand.N(2) == 0 {
					for id, number := range mine { // any one
						r := expresstest.CancelOf(w<<11|n%2048, id[:1], id, number)
						for again := range 1 + rand.N(2) {
							at.WantCancel(t, r, waybill.Accepted, again > 0)
						}
						cancelled.Add(1)
						delete(mine, id)
						break
					}
					continue
				}
				bizID := []string{"P", "Q"}[rand.N(2)]
				r := expresstest.OrderPush(w<<16|n, bizID, fmt.Sprintf("%s-%d-%d", bizID, w, n))
				for range 1 + rand.N(2) {
					switch g := at.MustBook(t, r); g.Reason {
					case waybill.Accepted:
						mine[r.OrderID] = g.WaybillID
						booked.Add(1)
					case waybill.QuotaUsedUp:
						usedUp.Add(1)
					default:
						t.Errorf("%s: %+v", r.OrderID, g)
					}
				}
			}
			for id, number := range mine {
				d.WantCancel(t, expresstest.CancelOf(1<<15|w, id[:1], id, number), waybill.Accepted, false)
			}
		})
	}
	checks := 0
	for ctx.Err() == nil && (checks < enough || min(booked.Load(), cancelled.Load(), usedUp.Load()) < enough) {
		if n := d.Int(t, addsUp, start); n != 0 {
			t.Errorf("%d merchants' quotas do not add up", n)
			break
		}
		checks++
	}
	stop()
	wg.Wait()
	if n := d.Int(t, addsUp, start); n != 0 {
		t.Errorf("%d merchants' quotas do not add up in the end", n)
	}
	d.WantInt(t, 0, `SELECT count(*) FROM quota WHERE remaining <> $1`, start)
	for name, n := range map[string]int64{
		"booked": booked.Load(), "cancelled": cancelled.Load(), "refused for want of quota": usedUp.Load(), "checks": int64(checks),
	} {
		if n < enough {
			t.Errorf("only %d %s: was anything tested?", n, name)
		}
	}
}

// addsUp counts the merchants whose quota does not add up, in one snapshot.
const addsUp = `SELECT count(*) FROM quota q WHERE remaining < 0 OR remaining + (SELECT count(*) FROM waybill w
	WHERE w.biz_id = q.biz_id AND w.from_quota AND w.status <> 'cancelled') <> $1`

// Quotas are locked in the order of their key, by bookings, by cancels and by
// scans that cancel.
func TestQuotaLockOrder(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 0)
	d.Exec(t, `INSERT INTO merchant (biz_id, password_hash) SELECT 'M' || i, '' FROM generate_series(1, 9) AS i`)
	d.Exec(t, `INSERT INTO quota SELECT biz_id, 9 FROM merchant WHERE biz_id LIKE 'M%' ORDER BY biz_id DESC`)
	d.warm(t, 1000)
	var books, more []waybill.BookingRequest
	var cancels []waybill.CancelRequest
	var scans []waybill.Scan
	for i, k := range []int{9, 2, 7, 5, 1, 8, 3, 6, 4} {
		bizID, id, number := fmt.Sprint("M", k), fmt.Sprint("O", k), fmt.Sprintf("WX%08d", k)
		books = append(books, expresstest.OrderPush(i, bizID, id, expresstest.Numbered(number)))
		cancels = append(cancels, expresstest.CancelOf(i, bizID, id, number))
		number = fmt.Sprintf("WX%08d", 10+k)
		more = append(more, expresstest.OrderPush(10+i, bizID, id+"-2", expresstest.Numbered(number)))
		scans = append(scans, expresstest.ScanOf(number, waybill.Cancelling, 0))
	}
	for _, finish := range []func() error{
		func() error { _, err := d.RunBookings(t.Context(), books); return err },
		func() error { _, err := d.RunCancels(t.Context(), cancels); return err },
		func() error { _, err := d.RunBookings(t.Context(), more); return err },
		func() error { _, err := d.RunScans(t.Context(), scans); return err },
	} {
		tx, err := d.DB.Begin(t.Context())
		storetest.Must(t, err)
		defer tx.Rollback(context.Background())
		if _, err := tx.Exec(t.Context(), `SELECT FROM quota WHERE biz_id = 'M5' FOR UPDATE`); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- finish() }()
		d.WaitFor(t, storetest.LockWaits)
		rows, _ := d.DB.Query(t.Context(), `SELECT biz_id FROM quota WHERE biz_id LIKE 'M%' FOR UPDATE SKIP LOCKED`)
		free, err := pgx.CollectRows(rows, pgx.RowTo[string])
		slices.Sort(free)
		if want := []string{"M6", "M7", "M8", "M9"}; err != nil || !slices.Equal(free, want) {
			t.Errorf("while M5 is waited for %v are free, want %v (%v)", free, want, err)
		}
		storetest.Must(t, tx.Rollback(t.Context()))
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	d.WantInt(t, 9, `SELECT count(*) FROM quota WHERE biz_id LIKE 'M%' AND remaining = 9`)
}
