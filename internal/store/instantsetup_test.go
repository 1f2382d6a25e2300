package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"carrierhook/internal/delivery"
	"carrierhook/internal/store"
	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/store/instant"
	"carrierhook/internal/store/instant/instanttest"
	"carrierhook/internal/store/storetest"
)

// withInstant is a store with the shop S and with waybill numbers of the carrier's own.
func withInstant(tb testing.TB, change ...func(store.Options) store.Options) testStore {
	tb.Helper()
	d := newStore(tb, change...)
	d.Exec(tb, expresstest.Offer)
	instanttest.PutShops(tb, d.Database, instant.ShopRow{ID: "S", Secret: instanttest.Secret})
	return d
}

// lease gets numbers into memory, so that what follows is about transactions alone.
func (d testStore) lease(tb testing.TB) {
	tb.Helper()
	storetest.Must(tb, d.LeaseNumbers(context.Background()))
}

// instantAnything places an order of a moment, unless somebody has, and then does to
// it what merchants or the carrier's own systems do.
func (d testStore) instantAnything(t *testing.T, moment int) {
	id := fmt.Sprint("D", moment, "-", rand.N(4))
	any := func() int { return rand.N(1 << 20) }
	d.orders.MustDecide(t, instanttest.Order(any(), delivery.Add, id))
	switch rand.N(6) {
	case 0, 1:
		d.orders.MustDecide(t, instanttest.FollowUp(any(), delivery.Cancel, id))
		d.orders.MustDecide(t, instanttest.Order(any(), delivery.Readd, id))
	case 2:
		d.orders.MustDecide(t, instanttest.FollowUp(any(), delivery.Tip, id, instanttest.Tips(fmt.Sprint(rand.N(100)))))
	case 3:
		d.orders.MustDecide(t, instanttest.FollowUp(any(), delivery.ConfirmReturn, id))
	default:
		for _, status := range []delivery.Status{delivery.Assigned, delivery.PickedUp, delivery.ReturningRefused} {
			a := d.orders.MustDecide(t, instanttest.FollowUp(any(), delivery.Query, id)).Attempt
			d.orders.MustReport(t, instanttest.Report(id, status, rand.N(1000), instanttest.Of(a.WaybillID)))
		}
	}
}
