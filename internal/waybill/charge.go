package waybill

import (
	"time"

	"carrierhook/internal/input"
)

// Charge reports that the freight of a parcel was charged, after which the merchant can no
// longer cancel the waybill.
type Charge struct {
	BizID     string
	WaybillID string
	At        time.Time // zero: now
	By        string    // the name of the reporter's token
}

// NewCharge cleans a charge. The error is a *input.FieldError.
func NewCharge(c Charge) (Charge, error) {
	var f input.Fields
	c.BizID = f.ID("biz_id", c.BizID, MaxID)
	c.WaybillID = f.ID("waybill_id", c.WaybillID, MaxID)
	c.At = f.OptionalTime("charged_at", c.At)
	return input.Read(f, c)
}

// ChargeDecision is the answer to a charge.
type ChargeDecision struct {
	Verdict Verdict
	Waybill Waybill // as it is now; meaningless for NoWaybill
}

// Changes reports whether anything must be written.
func (d ChargeDecision) Changes() bool { return d.Verdict == Recorded }

// DecideCharge decides a charge. The waybill is nil if there is none. A waybill is charged
// once, and keeps the first time. For now and latest see DecideScan.
func DecideCharge(c Charge, w *Waybill, now, latest time.Time) ChargeDecision {
	if w == nil || w.BizID != c.BizID {
		return ChargeDecision{Verdict: NoWaybill}
	}
	d := ChargeDecision{Waybill: *w}
	switch {
	case !w.ChargedAt.IsZero():
		d.Verdict = Repeated
	case w.Status == Cancelled:
		d.Verdict = WaybillCancelled
	case c.At.After(latest.Add(input.ClockSkew)):
		d.Verdict = InFuture
	default:
		d.Verdict = Recorded
		if d.Waybill.ChargedAt = c.At; c.At.IsZero() {
			d.Waybill.ChargedAt = now
		}
	}
	return d
}
