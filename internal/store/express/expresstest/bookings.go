package expresstest

import (
	"testing"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// MustBook expects an answer to an order.
func (d Store) MustBook(tb testing.TB, r waybill.BookingRequest) waybill.BookingDecision {
	tb.Helper()
	return storetest.Answer(tb, "book "+r.OrderID, d.Book, r)
}

// Booked expects an order to be accepted as a new one, and gives its number.
func (d Store) Booked(tb testing.TB, r waybill.BookingRequest) string {
	tb.Helper()
	got := d.MustBook(tb, r)
	if got.Reason != waybill.Accepted || got.Repeat || got.WaybillID == "" {
		tb.Errorf("book %s: got %+v", r.OrderID, got)
	}
	return got.WaybillID
}

// WantRefused expects an order to be refused.
func (d Store) WantRefused(tb testing.TB, r waybill.BookingRequest, why waybill.Reason) {
	tb.Helper()
	if got := d.MustBook(tb, r); got != (waybill.BookingDecision{Reason: why, Field: got.Field}) {
		tb.Errorf("book %s: got %+v, want %s", r.OrderID, got, why)
	}
}

// MustAccount expects an answer to a push about a merchant's account.
func (d Store) MustAccount(tb testing.TB, bizID string, pwd waybill.Password) waybill.AccountDecision {
	tb.Helper()
	p := ledger.Push{ID: ledger.PushID{3}, Event: "get_quota", Format: "json", Mode: "secure", Received: time.Now()}
	return storetest.Answer(tb, "account of "+bizID, d.Account, waybill.NewAccountRequest(p, bizID, pwd))
}

// Quota is what is left of a merchant's quota.
func (d Store) Quota(tb testing.TB, bizID string) int {
	tb.Helper()
	return d.Int(tb, `SELECT remaining FROM quota WHERE biz_id = $1`, bizID)
}

// WantQuota expects so much to be left of a merchant's quota.
func (d Store) WantQuota(tb testing.TB, bizID string, want int) {
	tb.Helper()
	if got := d.Quota(tb, bizID); got != want {
		tb.Errorf("the quota of %s is %d, want %d", bizID, got, want)
	}
}
