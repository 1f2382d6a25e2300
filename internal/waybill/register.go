package waybill

import (
	"time"

	"carrierhook/internal/input"
)

// Registration is a waybill that was not booked by a push.
type Registration struct {
	BizID     string
	WaybillID string
	OrderID   string
	ShopAppID string    // may be empty: any mini program of the merchant
	Service   string    // the carrier's own code; may be empty
	BookedAt  time.Time // zero: now
}

// NewRegistration cleans a registration. The error is a *input.FieldError.
func NewRegistration(r Registration) (Registration, error) {
	var f input.Fields
	r.BizID = f.ID("biz_id", r.BizID, MaxID)
	r.WaybillID = f.ID("waybill_id", r.WaybillID, MaxID)
	r.OrderID = f.ID("order_id", r.OrderID, MaxOrderID)
	r.ShopAppID = f.OptionalID("shop_app_id", r.ShopAppID, MaxID)
	r.Service = f.OptionalID("service", r.Service, MaxID)
	r.BookedAt = f.OptionalTime("booked_at", r.BookedAt)
	return input.Read(f, r)
}

// RegistrationDecision is the answer to a registration.
type RegistrationDecision struct {
	Verdict Verdict
	Waybill Waybill // as it is now, if the verdict is good
}

// Changes reports whether a waybill must now be written.
func (d RegistrationDecision) Changes() bool { return d.Verdict == Recorded }

// DecideRegistration decides a registration. numbered is the waybill that has the number,
// ordered the one that the merchant's order has; they and the merchant are nil if there are
// none; service says whether its service is one of the carrier's. A misspelt one is not
// recorded: what is agreed for the right one, such as no cancelling, would not hold. The
// same registration again gets the waybill as it is now. For now and latest see DecideScan.
func DecideRegistration(r Registration, m *Merchant, numbered, ordered *Waybill, service bool, now, latest time.Time) RegistrationDecision {
	switch {
	case m == nil:
		return RegistrationDecision{Verdict: NoMerchant}
	case numbered != nil && r.same(numbered):
		return RegistrationDecision{Verdict: Repeated, Waybill: *numbered}
	case numbered != nil:
		return RegistrationDecision{Verdict: NumberInUse}
	case ordered != nil:
		return RegistrationDecision{Verdict: OrderInUse}
	case !service:
		return RegistrationDecision{Verdict: NoService}
	case r.BookedAt.After(latest.Add(input.ClockSkew)):
		return RegistrationDecision{Verdict: InFuture}
	}
	w := Waybill{
		BizID: r.BizID, ID: r.WaybillID, OrderID: r.OrderID, ShopAppID: r.ShopAppID, Service: r.Service,
		Status: Booked, BookedAt: r.BookedAt,
	}
	if w.BookedAt.IsZero() {
		w.BookedAt = now
	}
	return RegistrationDecision{Verdict: Recorded, Waybill: w}
}

// same reports whether the waybill is the one of the registration. The time is not compared:
// without one, the first registration's time was taken. The mini program and the service
// are: a cancel depends on both.
func (r Registration) same(w *Waybill) bool {
	return w.BizID == r.BizID && w.OrderID == r.OrderID && w.ShopAppID == r.ShopAppID && w.Service == r.Service
}
