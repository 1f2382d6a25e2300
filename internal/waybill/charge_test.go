package waybill

import (
	"testing"
	"time"

	"carrierhook/internal/input/inputtest"
)

func TestNewCharge(t *testing.T) {
	t.Parallel()
	inputtest.Check(t, NewCharge, func() Charge { return Charge{BizID: "B", WaybillID: "W"} }, map[string][]inputtest.Case[Charge]{
		"biz_id":     inputtest.IDs(MaxID, func(c *Charge) *string { return &c.BizID }),
		"waybill_id": inputtest.IDs(MaxID, func(c *Charge) *string { return &c.WaybillID }),
		"charged_at": inputtest.Times(func(c *Charge) *time.Time { return &c.At }),
	})
}

// chargeFacts are everything that a charge depends on.
type chargeFacts struct {
	waybill, elsewhere, charged bool
	status                      Status
	at                          time.Time
}

// chargeChecks is the documented order.
var chargeChecks = []check[chargeFacts, Verdict]{
	{NoWaybill, func(f chargeFacts) bool { return !f.waybill || f.elsewhere }},
	{Repeated, func(f chargeFacts) bool { return f.charged }},
	{WaybillCancelled, func(f chargeFacts) bool { return f.status == Cancelled }},
	{InFuture, func(f chargeFacts) bool { return f.at.After(now.Add(5 * time.Minute)) }},
	{Recorded, func(chargeFacts) bool { return true }},
}

// The whole truth table: a waybill is charged once, at the given time or now, and nothing
// else of it changes.
func TestChargeTruthTable(t *testing.T) {
	t.Parallel()
	for bits := range 1 << 3 {
		for _, status := range Statuses() {
			for _, at := range []time.Time{{}, now.Add(-time.Hour), now.Add(5 * time.Minute), now.Add(5*time.Minute + 1)} {
				f := chargeFacts{bits&1 != 0, bits&2 != 0, bits&4 != 0, status, at}
				f.check(t, first(chargeChecks, f))
			}
		}
	}
}

func (f chargeFacts) check(t *testing.T, verdict Verdict) {
	t.Helper()
	c, w := Charge{BizID: "B", WaybillID: "W", At: f.at}, in(f.status)
	if f.elsewhere {
		c.BizID = "C"
	}
	if f.charged {
		w.ChargedAt = now.Add(-24 * time.Hour)
	}
	before, want := *w, *w
	if verdict == Recorded {
		if want.ChargedAt = f.at; f.at.IsZero() {
			want.ChargedAt = now
		}
	}
	if verdict == NoWaybill {
		want = Waybill{}
	}
	given := w
	if !f.waybill {
		given = nil
	}
	got := DecideCharge(c, given, now, now)
	if got != (ChargeDecision{verdict, want}) || got.Changes() != (verdict == Recorded) {
		t.Errorf("%+v: %+v, want %s", f, got, verdict)
	}
	if *w != before {
		t.Errorf("%+v: the waybill passed in has changed", f)
	}
	lawful(t, &got.Waybill)
}

// The merchant cannot cancel a charged waybill, whenever it was charged; the carrier's own
// systems can.
func TestChargeBlocksCancel(t *testing.T) {
	t.Parallel()
	for _, at := range []time.Time{{}, now.Add(-time.Hour), now.Add(time.Minute)} {
		w := DecideCharge(Charge{BizID: "B", WaybillID: "W", At: at}, in(Booked), now, now).Waybill
		if got := DecideCancel(request(), merchant(), true, &w, policy, now).Reason; got != Charged {
			t.Errorf("charged at %s: %s", at, got)
		}
		if got := DecideScan(scan(Cancelling, 0), &w, nil, now, now); got.Verdict != Recorded || got.Waybill.ChargedAt != w.ChargedAt {
			t.Errorf("charged at %s, cancelled by the carrier: %+v", at, got)
		}
	}
}
