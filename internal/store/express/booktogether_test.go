package express_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// placeAtOnce places orders at the same moment, over several stores.
func placeAtOnce(t *testing.T, n int, stores []testStore, r func(i int) waybill.BookingRequest) []waybill.BookingDecision {
	t.Helper()
	return storetest.AtOnce(n, func(i int) waybill.BookingDecision { return stores[i%len(stores)].MustBook(t, r(i)) })
}

// However many bookings of one order arrive at once, on two servers, there is one
// waybill, one is taken from the quota, and everybody is told the same.
func TestBookOneOrder(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 100)
	stores := []testStore{d, openStore(t, d.Database, standard)}
	for i := range stores {
		stores[i].warm(t, 1000+i)
	}
	for round := range 10 {
		id, number := fmt.Sprintf("O%d", round), waybill.CarrierGives
		if round%2 == 0 {
			number = fmt.Sprintf("WX%08d", round+1)
		}
		// Repeats of one push, and other pushes of the same order.
		got := placeAtOnce(t, 64, stores, func(i int) waybill.BookingRequest {
			return expresstest.OrderPush(round*64+i%3, "P", id, expresstest.Numbered(number))
		})
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
		d.WantQuota(t, "P", 99-round)

	}
	d.WantInt(t, 10, `SELECT count(*) FROM waybill`)
	if n := d.Int(t, `SELECT count(*) FROM push WHERE NOT repeat AND reason = 'accepted'`); n != 10 {
		t.Errorf("%d rows say that they were the first", n)
	}
}

// One of WeChat's numbers for many orders: one has it.
func TestBookOneNumber(t *testing.T) {
	t.Parallel()
	d := newBookingStore(t, 0)
	stores := []testStore{d, openStore(t, d.Database, standard)}
	for i := range stores {
		stores[i].warm(t, 1000+i)
	}
	for round := range 10 {
		number := fmt.Sprintf("WX%08d", round+1)
		got := placeAtOnce(t, 16, stores, func(i int) waybill.BookingRequest {
			return expresstest.OrderPush(round*16+i, "B", fmt.Sprintf("O%d-%d", round, i), expresstest.Numbered(number))
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
	d := newBookingStore(t, 100, oneBatch)
	d.warm(t, 1000)
	d.Exec(t, `ALTER TABLE booking_contact ADD CONSTRAINT no_poison CHECK (remark <> 'poison')`)
	bad := make(chan bool)
	poison := func() {
		defer close(bad)
		r := expresstest.OrderPush(500, "P", "poison", func(o *waybill.Order) { o.Remark = "poison" })
		got, err := d.Book(t.Context(), r)
		if err == nil {
			t.Errorf("poison: %+v", got)
		} else if strings.Contains(err.Error(), "1380000") || strings.Contains(err.Error(), "张三") {
			t.Errorf("the error tells whom it was for: %v", err)
		}
	}
	d.Crowd(t, 30, func(i int) { d.Booked(t, expresstest.OrderPush(i, "P", fmt.Sprint("O", i))) }, poison)
	<-bad
	d.WantQuota(t, "P", 70)

}

// Two batches that name the same orders, or the same merchants, in opposite order
// write them in the same one.
func TestBookLockOrder(t *testing.T) {
	t.Parallel()
	const merchants, rounds, orders = 40, 40, 80
	d := newBookingStore(t, 0)
	d.Exec(t, `INSERT INTO merchant (biz_id, password_hash) SELECT 'M' || i, '' FROM generate_series(1, $1) AS i`, merchants)
	d.Exec(t, `INSERT INTO quota SELECT biz_id, 1000000 FROM merchant WHERE biz_id LIKE 'M%'`)
	stores := []testStore{d, openStore(t, d.Database, standard)}
	for i := range stores {
		stores[i].warm(t, 100_000+i)
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
					sets[i] = append(sets[i], expresstest.OrderPush(k, fmt.Sprint("M", 1+k%merchants), id, expresstest.Numbered(fmt.Sprintf("WX%08d", orders*(2*round+1)+k+i*10_000_000))))
				}
			}
			slices.Reverse(sets[1])
			var wg sync.WaitGroup
			for i := range sets {
				wg.Go(func() {
					if _, err := stores[i].RunBookings(t.Context(), sets[i]); err != nil && (!same || !strings.Contains(err.Error(), "23505")) {
						t.Errorf("the same orders %t, round %d: %v", same, round, err)
					}
				})
			}
			wg.Wait()
		}
	}
	d.WantInt(t, 0, storetest.Deadlocks)
}
