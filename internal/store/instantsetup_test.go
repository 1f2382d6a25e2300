package store_test

import (
	"bytes"
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

// sealedWith gives a store keys of its own: the present one, and those before.
func sealedWith(keys ...byte) func(store.Options) store.Options {
	return func(o store.Options) store.Options {
		p := instanttest.Policy
		p.Keys = nil
		for _, k := range keys {
			p.Keys = append(p.Keys, bytes.Repeat([]byte{k}, 32))
		}
		o.Delivery = &p
		return o
	}
}

// decidePush expects an answer.
func (d testStore) decidePush(tb testing.TB, r delivery.Request) delivery.Decision {
	tb.Helper()
	ctx, stop := context.WithTimeout(context.Background(), storetest.Patience)
	defer stop()
	got, err := d.Instant.DecidePush(ctx, r)
	if err != nil {
		tb.Errorf("%s of %s: %v", r.Kind, r.OrderID, err)
	}
	return got
}

// wantReason expects a reason, and gives the decision.
func (d testStore) wantReason(tb testing.TB, r delivery.Request, want delivery.Reason, repeat bool) delivery.Decision {
	tb.Helper()
	got := d.decidePush(tb, r)
	if got.Reason != want || got.Repeat != repeat {
		tb.Errorf("%s of %s: got %s, repeat %t, want %s, %t", r.Kind, r.OrderID, got.Reason, got.Repeat, want, repeat)
	}
	return got
}

// accepts expects a push to be accepted for the first time, and gives its attempt.
func (d testStore) accepts(tb testing.TB, r delivery.Request) delivery.Attempt {
	tb.Helper()
	a := d.wantReason(tb, r, delivery.Accepted, false).Attempt
	if a.WaybillID == "" {
		tb.Errorf("%s of %s is about no attempt", r.Kind, r.OrderID)
	}
	return a
}

// reportStatus expects an answer.
func (d testStore) reportStatus(tb testing.TB, r delivery.StatusReport) delivery.StatusDecision {
	tb.Helper()
	ctx, stop := context.WithTimeout(context.Background(), storetest.Patience)
	defer stop()
	got, err := d.Instant.ReportStatus(ctx, r)
	if err != nil {
		tb.Errorf("report of %s: %v", r.OrderID, err)
	}
	return got
}

// wantVerdict expects a verdict on a report, and the status in which it leaves the
// attempt.
func (d testStore) wantVerdict(tb testing.TB, r delivery.StatusReport, want delivery.Verdict, status delivery.Status) {
	tb.Helper()
	if got := d.reportStatus(tb, r); got.Verdict != want || got.Attempt.Status != status {
		tb.Errorf("report %d of %s: %s, %d, want %s, %d", r.Status, r.OrderID, got.Verdict, got.Attempt.Status, want, status)
	}
}

// lease gets numbers into memory, so that what follows is about transactions alone.
func (d testStore) lease(tb testing.TB) {
	tb.Helper()
	if err := d.LeaseNumbers(context.Background()); err != nil {
		tb.Fatal(err)
	}
}

// instantAnything places an order of a moment, unless somebody has, and then does to
// it what merchants or the carrier's own systems do.
func (d testStore) instantAnything(t *testing.T, moment int) {
	id := fmt.Sprint("D", moment, "-", rand.N(4))
	any := func() int { return rand.N(1 << 20) }
	d.decidePush(t, instanttest.Order(any(), delivery.Add, id))
	switch rand.N(6) {
	case 0, 1:
		d.decidePush(t, instanttest.FollowUp(any(), delivery.Cancel, id))
		d.decidePush(t, instanttest.Order(any(), delivery.Readd, id))
	case 2:
		d.decidePush(t, instanttest.FollowUp(any(), delivery.Tip, id, instanttest.Tips(fmt.Sprint(rand.N(100)))))
	case 3:
		d.decidePush(t, instanttest.FollowUp(any(), delivery.ConfirmReturn, id))
	default:
		for _, status := range []delivery.Status{delivery.Assigned, delivery.PickedUp, delivery.ReturningRefused} {
			a := d.decidePush(t, instanttest.FollowUp(any(), delivery.Query, id)).Attempt
			d.reportStatus(t, instanttest.Report(id, status, rand.N(1000), instanttest.Of(a.WaybillID)))
		}
	}
}
