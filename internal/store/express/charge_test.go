package express_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/store/express/expresstest"
	"carrierhook/internal/waybill"
)

// Each verdict comes from the rows; what is charged cannot be cancelled by the
// merchant any more, and keeps the time of the first report.
func TestChargeVerdicts(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	d.AddWaybills(t, "W", "now", "late", "cancelled")
	d.Exec(t, `UPDATE waybill SET status = 'cancelled', cancelled_at = $1 WHERE waybill_id = 'cancelled'`, expresstest.DayOne)
	at := expresstest.DayOne.Add(time.Hour)
	begun := time.Now().Truncate(time.Microsecond) // as Postgres keeps it
	for i, tt := range []struct {
		bizID, id string
		at        time.Time
		want      waybill.Verdict
	}{
		{"B", "none", at, waybill.NoWaybill}, {"C", "W", at, waybill.NoWaybill}, {"\xff", "W", at, waybill.NoWaybill}, {"B", "\xff", at, waybill.NoWaybill},
		{"B", "cancelled", at, waybill.WaybillCancelled}, {"B", "late", time.Now().Add(time.Hour), waybill.InFuture},
		{"B", "W", at, waybill.Recorded}, {"B", "W", at, waybill.Repeated}, {"B", "W", at.Add(time.Hour), waybill.Repeated},
		{"B", "now", time.Time{}, waybill.Recorded}, {"B", "now", time.Time{}, waybill.Repeated},
	} {
		got := d.MustCharge(t, waybill.Charge{BizID: tt.bizID, WaybillID: tt.id, At: tt.at})
		if got.Verdict != tt.want {
			t.Errorf("%d: %s of %s: %s, want %s", i, tt.id, tt.bizID, got.Verdict, tt.want)
		}
		if tt.id == "W" && got.Verdict.Good() && !got.Waybill.ChargedAt.Equal(at) {
			t.Errorf("%d: charged at %v", i, got.Waybill.ChargedAt)
		}
		if now := got.Waybill.ChargedAt; tt.id == "now" && (now.Before(begun) || now.After(time.Now())) {
			t.Errorf("%d: charged at %v", i, got.Waybill.ChargedAt)
		}
	}
	d.WantCancel(t, expresstest.CancelPush(1, "W"), waybill.Charged, false)
	d.WantScan(t, expresstest.ScanOf("W", waybill.Collecting, 0), waybill.Recorded, waybill.Collected)
	d.WantInt(t, 1, `SELECT count(*) FROM waybill WHERE charged_at = $1 AND collected_at IS NOT NULL AND waybill_id = 'W'
		UNION ALL SELECT count(*) FROM waybill WHERE charged_at IS NULL HAVING count(*) = 2`, at)
}

// A charge and a cancel of the same waybill at once, on two servers: one of them
// wins and both are told the truth. Of many charges one is the first.
func TestChargeAgainstCancel(t *testing.T) {
	t.Parallel()
	d := newStore(t)
	stores := []testStore{d, openStore(t, d.Database, standard)}
	for i := range stores {
		stores[i].MustCancel(t, expresstest.CancelPush(9999, "none"))
	}
	for round := range 60 {
		id := fmt.Sprint("W", round)
		d.AddWaybills(t, id)
		charges := make([]waybill.ChargeDecision, 4)
		var cancelled waybill.CancelDecision
		var all sync.WaitGroup
		for i := range charges {
			all.Go(func() { charges[i] = stores[i%2].MustCharge(t, waybill.Charge{BizID: "B", WaybillID: id}) })
		}
		all.Go(func() { cancelled = stores[round%2].MustCancel(t, expresstest.CancelPush(round, id)) })
		all.Wait()
		answers := map[waybill.Verdict]int{}
		for _, c := range charges {
			answers[c.Verdict]++
		}
		charged := answers[waybill.Recorded] == 1 && answers[waybill.Repeated] == 3 && cancelled.Reason == waybill.Charged && d.WaybillStatus(t, id) == "booked"
		lost := answers[waybill.WaybillCancelled] == 4 && cancelled.Reason == waybill.Accepted && d.WaybillStatus(t, id) == "cancelled"
		if charged == lost {
			t.Errorf("%s: the charges were told %v, the cancel %s, and it is %s", id, answers, cancelled.Reason, d.WaybillStatus(t, id))
		}
	}
}
