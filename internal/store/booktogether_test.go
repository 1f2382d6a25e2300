package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"carrierhook/internal/store/csvimport"
	"carrierhook/internal/store/instant"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/waybill"
)

// placeAtOnce places orders at the same moment, over several stores.
func placeAtOnce(t *testing.T, n int, desks []desk, r func(i int) waybill.BookingRequest) []waybill.BookingDecision {
	t.Helper()
	got := make([]waybill.BookingDecision, n)
	var wg sync.WaitGroup
	gate := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-gate
			got[i] = desks[i%len(desks)].place(t, r(i))
		})
	}
	close(gate)
	wg.Wait()
	return got
}

// warm makes a store read the catalogue, compare the password and lease numbers,
// so that what follows is about the transactions alone.
func (d desk) warm(t *testing.T, n int) {
	t.Helper()
	for _, bizID := range []string{"B", "P"} {
		d.refused(t, order(n, bizID, "warm", numbered("CH")), waybill.NumberOutOfRange)
	}
	if err := d.LeaseNumbers(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// However many bookings of one order arrive at once, on two servers, there is one
// waybill, one is taken from the quota, and everybody is told the same.
func TestBookOneOrder(t *testing.T) {
	t.Parallel()
	d := newBookDesk(t, 100)
	desks := []desk{d, openDesk(t, options(d.url))}
	for i := range desks {
		desks[i].warm(t, 1000+i)
	}
	for round := range 10 {
		id, number := fmt.Sprintf("O%d", round), waybill.CarrierGives
		if round%2 == 0 {
			number = fmt.Sprintf("WX%08d", round+1)
		}
		// Repeats of one push, and other pushes of the same order.
		got := placeAtOnce(t, 64, desks, func(i int) waybill.BookingRequest { return order(round*64+i%3, "P", id, numbered(number)) })
		first := 0
		for i, g := range got {
			if g.Reason != waybill.Accepted || g.WaybillID != got[0].WaybillID || g.Label != got[0].Label {
				t.Errorf("%s: answer %d is %+v, the first is %+v", id, i, g, got[0])
			}
			if !g.Repeat {
				first++
			}
		}
		if first != 1 {
			t.Errorf("%s: %d pushes say that they were the first", id, first)
		}
		if n := d.quota(t, "P"); n != 99-round {
			t.Errorf("%s: the quota is %d", id, n)
		}
	}
	if n := d.number(t, `SELECT count(*) FROM waybill`); n != 10 {
		t.Errorf("%d waybills for 10 orders", n)
	}
	if n := d.number(t, `SELECT count(*) FROM push WHERE NOT repeat AND reason = 'accepted'`); n != 10 {
		t.Errorf("%d rows say that they were the first", n)
	}
}

// One of WeChat's numbers for many orders: one has it.
func TestBookOneNumber(t *testing.T) {
	t.Parallel()
	d := newBookDesk(t, 0)
	desks := []desk{d, openDesk(t, options(d.url))}
	for i := range desks {
		desks[i].warm(t, 1000+i)
	}
	for round := range 10 {
		number := fmt.Sprintf("WX%08d", round+1)
		got := placeAtOnce(t, 16, desks, func(i int) waybill.BookingRequest {
			return order(round*16+i, "B", fmt.Sprintf("O%d-%d", round, i), numbered(number))
		})
		won := 0
		for _, g := range got {
			switch g.Reason {
			case waybill.Accepted:
				won++
			case waybill.NumberTaken:
			default:
				t.Errorf("%s: %+v", number, g)
			}
		}
		if won != 1 {
			t.Errorf("%s is of %d orders", number, won)
		}
	}
}

// What spoils a batch for everybody costs its cause alone.
func TestBookBadNeighbour(t *testing.T) {
	t.Parallel()
	d := newBookDesk(t, 100, oneSet)
	d.warm(t, 1000)
	d.exec(t, `ALTER TABLE booking_contact ADD CONSTRAINT no_poison CHECK (remark <> 'poison')`)
	bad := make(chan bool)
	poison := func() {
		defer close(bad)
		r := order(500, "P", "poison", func(o *waybill.Order) { o.Remark = "poison" })
		got, err := d.Book(t.Context(), r)
		if err == nil {
			t.Errorf("poison: %+v", got)
		} else if strings.Contains(err.Error(), "1380000") || strings.Contains(err.Error(), "张三") {
			t.Errorf("the error tells whom it was for: %v", err)
		}
	}
	d.crowd(t, 30, func(i int) { d.placed(t, order(i, "P", fmt.Sprint("O", i))) }, poison)
	<-bad
	if n := d.quota(t, "P"); n != 70 {
		t.Errorf("the quota is %d", n)
	}
}

// Two batches that name the same orders, or the same merchants, in opposite order
// write them in the same one.
func TestBookLockOrder(t *testing.T) {
	t.Parallel()
	const merchants, rounds, orders = 40, 40, 80
	d := newBookDesk(t, 0)
	d.exec(t, `INSERT INTO merchant (biz_id, password_hash) SELECT 'M' || i, '' FROM generate_series(1, $1) AS i`, merchants)
	d.exec(t, `INSERT INTO quota SELECT biz_id, 1000000 FROM merchant WHERE biz_id LIKE 'M%'`)
	desks := []desk{d, openDesk(t, options(d.url))}
	for i := range desks {
		desks[i].warm(t, 100_000+i)
	}
	for _, same := range []bool{true, false} {
		for round := range rounds {
			sets := [2][]waybill.BookingRequest{}
			for k := range orders {
				for i := range sets {
					id := fmt.Sprintf("O%t-%d-%d", same, round, k)
					if !same {
						id += fmt.Sprint("-", i)
					}
					sets[i] = append(sets[i], order(k, fmt.Sprint("M", 1+k%merchants), id, numbered(fmt.Sprintf("WX%08d", orders*(2*round+1)+k+i*10_000_000))))
				}
			}
			slices.Reverse(sets[1])
			var wg sync.WaitGroup
			for i := range sets {
				wg.Go(func() {
					if _, err := desks[i].RunBookings(t.Context(), sets[i]); err != nil && (!same || !strings.Contains(err.Error(), "23505")) {
						t.Errorf("the same orders %t, round %d: %v", same, round, err)
					}
				})
			}
			wg.Wait()
		}
	}
	if dead := d.number(t, `SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`); dead != 0 {
		t.Errorf("%d deadlocks", dead)
	}
}

// Bookings, cancels, questions about accounts, scans, charges, registrations,
// contracts and imports of the same merchants and waybills, and whatever becomes of
// the same orders of instant delivery, and plain pushes that share their signatures, at
// once, on two servers, while what is old is erased: nobody locks anybody out.
func TestNoDeadlock(t *testing.T) {
	t.Parallel()
	d := newBookDesk(t, 1_000_000)
	bizIDs := []string{"P", "Q", "R"}
	d.exec(t, `INSERT INTO merchant SELECT v, password_hash FROM merchant, (VALUES ('Q'), ('R')) AS more (v) WHERE biz_id = 'P'`)
	d.exec(t, `INSERT INTO quota VALUES ('Q', 1000000), ('R', 1000000)`)
	desks := []desk{d, openDesk(t, options(d.url))}
	instanttest.PutShops(t, d.database(), instant.ShopRow{ID: "S", Secret: instanttest.Secret})
	for i := range desks {
		desks[i].warm(t, 100_000+i)
	}
	var asked, replayed, forgotten atomic.Int64
	const many = 30 // orders of a moment, half of them with WeChat's numbers
	one := func() (n int, bizID, id, number string) {
		moment := int(asked.Add(1)) / (4 * many) // as fast as the machine goes on
		n = moment*many + rand.N(many)
		bizID, id, number = bizIDs[n%3], fmt.Sprintf("O%07d", n), "0"
		if n%2 == 0 {
			number = fmt.Sprintf("WX%08d", n+1)
		}
		return n, bizID, id, number
	}
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	var wg sync.WaitGroup
	for w := range 48 {
		wg.Go(func() {
			for at := desks[w%2]; ctx.Err() == nil; {
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
					at.place(t, order(n, bizID, id, numbered(number)))
				case 2:
					at.cancel(t, cancelOf(n, bizID, id, at.place(t, order(n, bizID, id, numbered(number))).WaybillID))
				case 3:
					if g := at.account(t, bizID, "pw"); g.Reason != waybill.Accepted {
						t.Errorf("%+v", g)
					}
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
				d.exec(t, `UPDATE delivery_details SET expires_at = expires_at - interval '2 hours' WHERE ctid = ANY (ARRAY(
					SELECT ctid FROM delivery_details WHERE expires_at > now() + interval '1 hour' FOR UPDATE SKIP LOCKED))`)
				if _, err := d.EraseContacts(context.Background(), time.Second); err != nil {
					t.Errorf("erase: %v", err)
				}
				d.exec(t, `UPDATE bound_signature SET bound_at = bound_at - interval '2 hours' WHERE ctid = ANY (ARRAY(
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
	for ctx.Err() == nil && (asked.Load() < 1500 || untested() != "") {
		time.Sleep(20 * time.Millisecond)
	}
	stop()
	wg.Wait()
	if dead := d.number(t, `SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`); dead != 0 {
		t.Errorf("%d deadlocks", dead)
	}
	if what := untested(); what != "" {
		t.Errorf("too few with %s: was anything tested?", what)
	}
	instanttest.CheckSteps(t, d.database())
}

// untested is what has not happened often enough yet to waybills and attempts.
func (d desk) untested(t *testing.T) string {
	for _, what := range []string{
		"book_push IS NOT NULL", "book_push IS NULL", "cancel_push IS NOT NULL", "first_scan_at IS NOT NULL", "charged_at IS NOT NULL",
		"status = 'cancelled' AND cancel_push IS NULL",
	} {
		if n := d.number(t, "SELECT count(*) FROM waybill WHERE "+what); n < 10 {
			return what
		}
	}
	for _, what := range []string{"attempt = 1", "attempt > 1", "status > 200", "cancel_push IS NOT NULL", "tip_push IS NOT NULL"} {
		if n := d.number(t, "SELECT count(*) FROM delivery_attempt WHERE "+what); n < 2 {
			return what
		}
	}
	if n := d.number(t, "SELECT (SELECT count(*) FROM delivery_attempt) - (SELECT count(*) FROM delivery_details)"); n < 5 {
		return "erased details"
	}
	return ""
}

// reportAnything is what the carrier's own systems report of a waybill, which they
// register unless it is there, or of its merchant; kind is from 4 to 7.
func (d desk) reportAnything(t *testing.T, kind int, bizID, id, number string) {
	if number == waybill.CarrierGives {
		number = "R" + id
	}
	if kind < 7 {
		d.register(t, waybill.Registration{BizID: bizID, WaybillID: number, OrderID: id})
	}
	switch kind {
	case 4:
		action := waybill.Cancelling
		if actions := waybill.Actions(); rand.N(2) == 0 {
			action = actions[rand.N(len(actions))]
		}
		d.scan(t, seen(number, action, rand.N(60)))
	case 5:
		d.charge(t, waybill.Charge{BizID: bizID, WaybillID: number})
	case 7:
		d.put(t, waybill.Contract{BizID: bizID, Quota: quotaOf(1_000_000), Password: waybill.To(waybill.Password("pw"))}, false)
	}
}
