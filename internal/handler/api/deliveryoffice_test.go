package api_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/ledger"
)

// Texts of an attempt that no answer may show.
const (
	wxToken    = "wx-token-that-speaks-for-the-order"
	finishCode = 8642
	pickupCode = 9753
)

// Advance decides as package delivery does, about the orders in memory.
func (o *office) Advance(ctx context.Context, r delivery.Report) (delivery.ReportDecision, error) {
	if err := o.enter(ctx, "Advance"); err != nil {
		return delivery.ReportDecision{}, err
	}
	defer o.mu.Unlock()
	o.advanced = append(o.advanced, r)
	record := o.orders[[2]string{r.ShopID, r.OrderID}]
	var known *delivery.Known
	var named *delivery.Traced
	said := false
	if record != nil {
		known = &delivery.Known{ShopNo: record.ShopNo}
		for i := range record.Attempts {
			a := &record.Attempts[i]
			known.Attempts = append(known.Attempts, a.Attempt)
			if a.WaybillID == r.WaybillID {
				named = a
				said = slices.ContainsFunc(a.Steps, func(s delivery.Step) bool {
					return s.Status == r.Status && s.At.Equal(r.At) && s.Message == r.Message
				})
			}
		}
	}
	d := delivery.Advance(r, known, said, o.now)
	if d.Changes() {
		named.Attempt = d.Attempt
		named.Steps = append(named.Steps, delivery.Step{
			Status: r.Status, At: r.At, Message: r.Message, RecordedAt: o.now, RecordedBy: r.By,
		})
	}
	return d, nil
}

func (o *office) DeliveryOrder(ctx context.Context, shopID, orderID string, asked int) (
	r delivery.Record, pushes []ledger.Entry, more bool, err error,
) {
	if err := o.enter(ctx, "DeliveryOrder"); err != nil {
		return r, nil, false, err
	}
	defer o.mu.Unlock()
	o.looked = append(o.looked, [2]string{shopID, orderID})
	record := o.orders[[2]string{shopID, orderID}]
	if record == nil {
		return r, nil, false, ledger.ErrNotFound
	}
	pushes, more = o.page(ledger.Filter{BizID: shopID, OrderID: orderID, Event: ledger.AnyInstant, Limit: asked})
	return *record, pushes, more, nil
}

// placed puts an order with attempts on record: one for each status, which it
// has as its only step.
func (s *server) placed(shopID, orderID string, statuses ...delivery.Status) *delivery.Record {
	s.office.mu.Lock()
	defer s.office.mu.Unlock()
	r := &delivery.Record{ShopID: shopID, OrderID: orderID, ShopNo: "N1"}
	begun := s.office.now.Add(-time.Duration(len(statuses)) * time.Hour).Truncate(time.Second)
	for i, status := range statuses {
		at := begun.Add(time.Duration(i) * time.Hour)
		r.Attempts = append(r.Attempts, delivery.Traced{
			Attempt: delivery.Attempt{
				Number: i + 1, WaybillID: fmt.Sprint("D", i+1), Push: [32]byte{byte(i + 1)}, WXToken: wxToken,
				PlacedAt: at, ExpiresAt: at.Add(2 * time.Hour), FinishCode: finishCode, PickupCode: pickupCode,
				Quote:  delivery.Quote{Deliver: 1050, Coupon: 250, Insurance: 100, Metres: 3456},
				Status: status, StatusAt: at,
			},
			Steps: []delivery.Step{{Status: status, At: at, RecordedAt: at, RecordedBy: "push"}},
		})
	}
	s.office.orders[[2]string{shopID, orderID}] = r
	return r
}
