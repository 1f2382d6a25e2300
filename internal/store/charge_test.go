package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"carrierhook/internal/waybill"
)

// charge expects an answer.
func (d desk) charge(tb testing.TB, c waybill.Charge) waybill.ChargeDecision {
	tb.Helper()
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	got, err := d.Charge(ctx, c)
	if err != nil {
		tb.Errorf("charge %s: %v", c.WaybillID, err)
	}
	return got
}

// Each verdict comes from the rows; what is charged cannot be cancelled by the
// merchant any more, and keeps the time of the first report.
func TestChargeVerdicts(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.book(t, "W", "now", "late", "cancelled")
	d.exec(t, `UPDATE waybill SET status = 'cancelled', cancelled_at = $1 WHERE waybill_id = 'cancelled'`, dayOne)
	at := dayOne.Add(time.Hour)
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
		got := d.charge(t, waybill.Charge{BizID: tt.bizID, WaybillID: tt.id, At: tt.at})
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
	d.want(t, ask(1, "W"), waybill.Charged, false)
	d.says(t, seen("W", waybill.Collecting, 0), waybill.Recorded, waybill.Collected)
	if n := d.number(t, `SELECT count(*) FROM waybill WHERE charged_at = $1 AND collected_at IS NOT NULL AND waybill_id = 'W'
		UNION ALL SELECT count(*) FROM waybill WHERE charged_at IS NULL HAVING count(*) = 2`, at); n != 1 {
		t.Errorf("%d waybills are charged as they should be", n)
	}
}

// A charge and a cancel of the same waybill at once, on two servers: one of them
// wins and both are told the truth. Of many charges one is the first.
func TestChargeAgainstCancel(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	desks := []desk{d, openDesk(t, options(d.url))}
	for i := range desks {
		desks[i].cancel(t, ask(9999, "none"))
	}
	for round := range 60 {
		id := fmt.Sprint("W", round)
		d.book(t, id)
		charges := make([]waybill.ChargeDecision, 4)
		var cancelled waybill.CancelDecision
		var all sync.WaitGroup
		for i := range charges {
			all.Go(func() { charges[i] = desks[i%2].charge(t, waybill.Charge{BizID: "B", WaybillID: id}) })
		}
		all.Go(func() { cancelled = desks[round%2].cancel(t, ask(round, id)) })
		all.Wait()
		told := map[waybill.Verdict]int{}
		for _, c := range charges {
			told[c.Verdict]++
		}
		charged := told[waybill.Recorded] == 1 && told[waybill.Repeated] == 3 && cancelled.Reason == waybill.Charged && d.status(t, id) == "booked"
		lost := told[waybill.WaybillCancelled] == 4 && cancelled.Reason == waybill.Accepted && d.status(t, id) == "cancelled"
		if charged == lost {
			t.Errorf("%s: the charges were told %v, the cancel %s, and it is %s", id, told, cancelled.Reason, d.status(t, id))
		}
	}
}
