package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store/csvimport"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/instant"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// Bookings, cancels, questions about accounts, scans, charges, registrations,
// contracts and imports of the same merchants and waybills, and whatever becomes of
// the same orders of instant delivery, and plain pushes that share their signatures, at
// once, on two servers, while what is old is erased: nobody locks anybody out.
func TestNoDeadlock(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 1_000_000, reviewed)
	bizIDs := []string{"P", "Q", "R"}
	d.Exec(t, `INSERT INTO merchant SELECT v, password_hash FROM merchant, (VALUES ('Q'), ('R')) AS more (v) WHERE biz_id = 'P'`)
	d.Exec(t, `INSERT INTO quota VALUES ('Q', 1000000), ('R', 1000000)`)
	// The waybills of the imports are of these.
	d.Exec(t, `INSERT INTO service SELECT 2 + i, 'service', 's' || i, 50000, 2000, 10, 1000000 FROM generate_series(0, 4) AS i`)
	stores := []testStore{d, openStore(t, reviewed(options(d.URL)))}
	instanttest.PutShops(t, d.Database, instant.ShopRow{ID: "S", Secret: instanttest.Secret})
	for i := range stores {
		stores[i].warm(t, 100_000+i)
	}
	var requests, replayed, forgotten atomic.Int64
	const many = 30 // orders of a moment, half of them with WeChat's numbers
	one := func() (n int, bizID, id, number string) {
		moment := int(requests.Add(1)) / (4 * many) // as fast as the machine goes on
		n = moment*many + rand.N(many)
		bizID, id, number = bizIDs[n%3], fmt.Sprintf("O%07d", n), "0"
		if n%2 == 0 {
			number = fmt.Sprintf("WX%08d", n+1)
		}
		return n, bizID, id, number
	}
	ctx, stop := context.WithTimeout(t.Context(), storetest.Patience)
	defer stop()
	var wg sync.WaitGroup
	for w := range 48 {
		wg.Go(func() {
			for at := stores[w%2]; ctx.Err() == nil; {
				n, bizID, id, number := one()
				if w >= 40 {
					at.plainAnything(t, n/many/4, &replayed)
					continue
				}
				if w >= 32 {
					at.instantAnything(t, n/many/4)
					continue
				}
				switch w / 2 % 8 {
				case 0, 1:
					at.MustBook(t, expresstest.OrderPush(n, bizID, id, expresstest.Numbered(number)))
				case 2:
					at.MustCancel(t, expresstest.CancelOf(n, bizID, id, at.MustBook(t, expresstest.OrderPush(n, bizID, id, expresstest.Numbered(number))).WaybillID))
				case 3:
					if g := at.MustAccount(t, bizID, "pw"); g.Reason != waybill.Accepted {
						t.Errorf("%+v", g)
					}
					at.bindAnything(t, n)
				default:
					at.reportAnything(t, w/2%8, bizID, id, number)
				}
			}
		})
	}
	for range 2 {
		wg.Go(func() {
			for ctx.Err() == nil {
				file := "biz_id,waybill_id,order_id,service\n"
				seen := map[string]bool{}
				for range many {
					if _, bizID, id, number := one(); number != "0" && !seen[id] {
						seen[id] = true
						file += fmt.Sprintf("%s,%s,%s,s%d\n", bizID, number, id, rand.N(5))
					}
				}
				if _, err := d.Import(context.Background(), csvimport.Waybills, strings.NewReader(file)); err != nil {
					t.Errorf("import: %v", err)
				}
				// As if the orders had expired when they were placed.
				d.Exec(t, `UPDATE delivery_details SET expires_at = expires_at - interval '2 hours' WHERE ctid = ANY (ARRAY(
					SELECT ctid FROM delivery_details WHERE expires_at > now() + interval '1 hour' FOR UPDATE SKIP LOCKED))`)
				if _, err := d.EraseContacts(context.Background(), time.Second); err != nil {
					t.Errorf("erase: %v", err)
				}
				d.Exec(t, `UPDATE bound_signature SET bound_at = bound_at - interval '2 hours' WHERE ctid = ANY (ARRAY(
					SELECT ctid FROM bound_signature WHERE bound_at < now() - interval '1 second' FOR UPDATE SKIP LOCKED))`)
				n, err := d.ForgetSignatures(context.Background(), time.Second)
				if err != nil {
					t.Errorf("forget: %v", err)
				}
				forgotten.Add(n)
				if _, err := d.Import(context.Background(), csvimport.Shops(false), strings.NewReader("shop_id,secret,active\nS,"+string(instanttest.Secret)+",yes\nT,x,no\n")); err != nil {
					t.Errorf("import of shops: %v", err)
				}
				if _, err := d.Import(context.Background(), csvimport.Merchants, strings.NewReader("biz_id,quota\nR,1000000\nQ,1000000\nP,1000000\n")); err != nil {
					t.Errorf("import of merchants: %v", err)
				}
			}
		})
	}
	untested := func() string {
		if replayed.Load() < 10 || forgotten.Load() < 10 {
			return fmt.Sprintf("signatures: %d pushes replayed, %d forgotten", replayed.Load(), forgotten.Load())
		}
		return d.untested(t)
	}
	for ctx.Err() == nil && (requests.Load() < 1500 || untested() != "") {
		time.Sleep(20 * time.Millisecond)
	}
	stop()
	wg.Wait()
	d.WantInt(t, 0, storetest.Deadlocks)
	if what := untested(); what != "" {
		t.Errorf("too few with %s: was anything tested?", what)
	}
	instanttest.CheckSteps(t, d.Database)
}

// bindAnything binds merchant B's account to one of a few mini programs, some of which are new,
// and decides about another.
func (d testStore) bindAnything(t *testing.T, n int) {
	t.Helper()
	shop := func() string { return fmt.Sprint("wx", n/200, rand.N(6)) }
	storetest.Answer(t, "bind", d.Account, expresstest.BindPush(n, shop()))
	r := waybill.ReviewResult{ReviewKey: waybill.ReviewKey{Account: "gh_a", BizID: "B", ShopAppID: shop()}, Passed: n%5 == 0, Message: "no"}
	if r.Passed {
		r.Message = ""
	}
	if _, err := d.DecideReview(context.Background(), r); err != nil && !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("review: %v", err)
	}
}

// untested is what has not happened often enough yet to waybills and attempts.
func (d testStore) untested(t *testing.T) string {
	for _, what := range []string{
		"book_push IS NOT NULL", "book_push IS NULL", "cancel_push IS NOT NULL", "first_scan_at IS NOT NULL", "charged_at IS NOT NULL",
		"status = 'cancelled' AND cancel_push IS NULL",
	} {
		if n := d.Int(t, "SELECT count(*) FROM waybill WHERE "+what); n < 10 {
			return what
		}
	}
	for _, what := range []string{"attempt = 1", "attempt > 1", "status > 200", "cancel_push IS NOT NULL", "tip_push IS NOT NULL"} {
		if n := d.Int(t, "SELECT count(*) FROM delivery_attempt WHERE "+what); n < 2 {
			return what
		}
	}
	if n := d.Int(t, "SELECT (SELECT count(*) FROM delivery_attempt) - (SELECT count(*) FROM delivery_details)"); n < 5 {
		return "erased details"
	}
	if n := d.Int(t, "SELECT count(*) FROM merchant_review WHERE decisions > 0"); n < 5 {
		return "decided reviews"
	}
	return ""
}

// reportAnything is what the carrier's own systems report of a waybill, which they
// register unless it is there, or of its merchant; kind is from 4 to 7.
func (d testStore) reportAnything(t *testing.T, kind int, bizID, id, number string) {
	if number == waybill.CarrierGives {
		number = "R" + id
	}
	if kind < 7 {
		d.MustRegister(t, waybill.Registration{BizID: bizID, WaybillID: number, OrderID: id})
	}
	switch kind {
	case 4:
		action := waybill.Cancelling
		if actions := waybill.Actions(); rand.N(2) == 0 {
			action = actions[rand.N(len(actions))]
		}
		d.MustScan(t, expresstest.ScanOf(number, action, rand.N(60)))
	case 5:
		d.MustCharge(t, waybill.Charge{BizID: bizID, WaybillID: number})
	case 7:
		d.MustPut(t, waybill.Contract{BizID: bizID, Quota: expresstest.QuotaOf(1_000_000), Password: waybill.To(waybill.Password("pw"))}, false)
	}
}

// warm makes a store read the catalogue, compare the password and lease numbers,
// so that what follows is about the transactions alone.
func (d testStore) warm(t *testing.T, n int) {
	t.Helper()
	for _, bizID := range []string{"B", "P"} {
		d.WantRefused(t, expresstest.OrderPush(n, bizID, "warm", expresstest.Numbered("CH")), waybill.NumberOutOfRange)
	}
	storetest.Must(t, d.LeaseNumbers(t.Context()))
}
