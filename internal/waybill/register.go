package waybill

import (
	"time"

	"carrierhook/internal/input"
)

// Registration is a waybill that was booked elsewhere, and not by a push.
type Registration struct {
	BizID     string
	WaybillID string
	OrderID   string
	ShopAppID string    // may be empty: any mini program of the merchant
	Service   string    // the carrier's own code; may be empty
	BookedAt  time.Time // zero: now
}

// NewRegistration cleans what was reported, or says with a *input.FieldError what of
// it cannot be.
func NewRegistration(r Registration) (Registration, error) {
	var f input.Fields
	r.BizID = f.ID("biz_id", r.BizID, MaxID)
	r.WaybillID = f.ID("waybill_id", r.WaybillID, MaxID)
	r.OrderID = f.ID("order_id", r.OrderID, MaxOrderID)
	r.ShopAppID = f.Text("shop_app_id", r.ShopAppID, MaxID)
	r.Service = f.Text("service", r.Service, MaxID)
	r.BookedAt = f.OptionalTime("booked_at", r.BookedAt)
	if f.Err != nil {
		return Registration{}, f.Err
	}
	return r, nil
}

// RegisterDecision is the answer to a registration.
type RegisterDecision struct {
	Verdict Verdict
	Waybill Waybill // as it stands now, when the verdict is good
}

// Changes reports whether a waybill must now be written.
func (d RegisterDecision) Changes() bool { return d.Verdict == Recorded }

// Register decides about a registration. The merchant is nil when there is none;
// numbered is the waybill that has the number, and ordered the one that the
// merchant's order has: nil when there is none. The same registration again is
// told what has become of the waybill since. For now and latest see Report.
func Register(r Registration, m *Merchant, numbered, ordered *Waybill, now, latest time.Time) RegisterDecision {
	switch {
	case m == nil:
		return RegisterDecision{Verdict: NoMerchant}
	case numbered != nil && r.same(numbered):
		return RegisterDecision{Verdict: Repeated, Waybill: *numbered}
	case numbered != nil:
		return RegisterDecision{Verdict: NumberInUse}
	case ordered != nil:
		return RegisterDecision{Verdict: OrderInUse}
	case r.BookedAt.After(latest.Add(input.ClockSkew)):
		return RegisterDecision{Verdict: InFuture}
	}
	w := Waybill{
		BizID: r.BizID, ID: r.WaybillID, OrderID: r.OrderID, ShopAppID: r.ShopAppID, Service: r.Service,
		Status: Booked, BookedAt: r.BookedAt,
	}
	if w.BookedAt.IsZero() {
		w.BookedAt = now
	}
	return RegisterDecision{Verdict: Recorded, Waybill: w}
}

// same tells whether the waybill is the one of the registration. The time is not
// compared: one that is left out is the time of the first report. The mini
// program and the service are: cancelling goes by both.
func (r Registration) same(w *Waybill) bool {
	return w.BizID == r.BizID && w.OrderID == r.OrderID && w.ShopAppID == r.ShopAppID && w.Service == r.Service
}
