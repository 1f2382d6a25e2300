package expresstest

import (
	"context"
	"testing"
	"time"

	"carrierhook/internal/ledger"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
)

// MustBook expects an answer to an order.
func (d Store) MustBook(tb testing.TB, r waybill.BookingRequest) waybill.BookingDecision {
	tb.Helper()
	ctx, stop := context.WithTimeout(context.Background(), storetest.Patience)
	defer stop()
	got, err := d.Book(ctx, r)
	if err != nil {
		tb.Errorf("book %s: %v", r.OrderID, err)
	}
	return got
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
	ctx, stop := context.WithTimeout(context.Background(), storetest.Patience)
	defer stop()
	p := ledger.Push{ID: ledger.PushID{3}, Event: "get_quota", Format: "json", Mode: "secure", Received: time.Now()}
	got, err := d.Account(ctx, waybill.NewAccountRequest(p, bizID, pwd))
	if err != nil {
		tb.Errorf("account of %s: %v", bizID, err)
	}
	return got
}

// Quota is what is left of a merchant's quota.
func (d Store) Quota(tb testing.TB, bizID string) int {
	tb.Helper()
	return d.Int(tb, `SELECT remaining FROM quota WHERE biz_id = $1`, bizID)
}
