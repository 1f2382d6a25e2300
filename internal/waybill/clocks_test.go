package waybill

import (
	"testing"
	"time"

	"carrierhook/internal/input"
)

// What is reported is in the future by the later of two clocks, and is recorded with the
// database's time: a database that is behind refuses nothing that has happened.
func TestFutureByTheLaterClock(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		ahead, latest time.Duration // of now: what is reported, and the later clock
		want          Verdict
	}{
		{0, 0, Recorded},
		{input.ClockSkew, 0, Recorded},
		{input.ClockSkew + 1, 0, InFuture},
		{time.Hour, 0, InFuture},
		{time.Hour, 50 * time.Minute, InFuture},
		{time.Hour, 55 * time.Minute, Recorded},
		{time.Hour, time.Hour, Recorded},
		{time.Hour + input.ClockSkew + 1, time.Hour, InFuture},
		{-time.Hour, 2400 * time.Hour, Recorded},
		{0, 50 * 366 * 24 * time.Hour, Recorded},
	} {
		at, latest := now.Add(tt.ahead), now.Add(tt.latest)
		s := scan(Collecting, 0)
		s.At = at
		scanned := DecideScan(s, in(Booked), nil, now, latest)
		charged := DecideCharge(Charge{BizID: "B", WaybillID: "W", At: at}, in(Booked), now, latest)
		r := registration()
		r.BookedAt = at
		registered := DecideRegistration(r, merchant(), nil, nil, true, now, latest)
		if scanned.Verdict != tt.want || charged.Verdict != tt.want || registered.Verdict != tt.want {
			t.Errorf("%+v: scan %s, charge %s, registration %s", tt, scanned.Verdict, charged.Verdict, registered.Verdict)
		}
		if tt.want == Recorded && !scanned.Waybill.ScannedAt.Equal(now) {
			t.Errorf("%+v: recorded at %s, which is not the database's time", tt, scanned.Waybill.ScannedAt)
		}
		r.BookedAt = time.Time{}
		if got := DecideCharge(Charge{BizID: "B", WaybillID: "W"}, in(Booked), now, latest).Waybill.ChargedAt; !got.Equal(now) {
			t.Errorf("%+v: charged at %s without a time", tt, got)
		}
		if got := DecideRegistration(r, merchant(), nil, nil, true, now, latest).Waybill.BookedAt; !got.Equal(now) {
			t.Errorf("%+v: booked at %s without a time", tt, got)
		}
	}
}
