package waybill

import (
	"testing"
	"time"

	"carrierhook/internal/input"
)

// scanFacts are everything that a scan depends on.
type scanFacts struct {
	waybill  bool
	merchant string // in the scan: "" none, "B" the waybill's
	recorded string // under its key: "" nothing, "same", "other"
	status   Status
	action   Action
	future   bool
}

// scanChecks is the documented order.
var scanChecks = []check[scanFacts, Verdict]{
	{NoWaybill, func(f scanFacts) bool { return !f.waybill || f.merchant == "C" }},
	{Repeated, func(f scanFacts) bool { return f.recorded == "same" }},
	{WaybillCancelled, func(f scanFacts) bool { return f.status == Cancelled }},
	{KeyReused, func(f scanFacts) bool { return f.recorded == "other" }},
	{WaybillSigned, func(f scanFacts) bool { return f.status == Signed && f.action == Cancelling }},
	{InFuture, func(f scanFacts) bool { return f.future }},
	{Recorded, func(scanFacts) bool { return true }},
}

// The whole truth table: every combination of every fact. What is not recorded changes
// nothing, and another merchant learns nothing of the waybill.
func TestScanTruthTable(t *testing.T) {
	t.Parallel()
	for _, f := range allScanFacts() {
		s, w, recorded := f.build()
		var before Waybill
		if w != nil {
			before = *w
		}
		got := DecideScan(s, w, recorded, now, now)
		if want := first(scanChecks, f); got.Verdict != want || got.Changes() != (want == Recorded) {
			t.Fatalf("%+v: %s, changes %t, want %s", f, got.Verdict, got.Changes(), want)
		}
		if w != nil && *w != before {
			t.Fatalf("%+v: the waybill passed in has changed", f)
		}
		untouched := ScanDecision{Verdict: got.Verdict, Waybill: before}
		if got.Verdict == NoWaybill {
			untouched.Waybill = Waybill{}
		}
		if got.Verdict != Recorded && got != untouched {
			t.Fatalf("%+v: %+v", f, got)
		}
		if got.Verdict == Recorded && (!got.Moved || got.Waybill == before) {
			t.Fatalf("%+v: the first scan has to be written", f)
		}
		lawful(t, &got.Waybill)
	}
}

func allScanFacts() (all []scanFacts) {
	for _, waybill := range []bool{true, false} {
		for _, merchant := range []string{"", "B", "C"} {
			for _, recorded := range []string{"", "same", "other"} {
				for _, status := range Statuses() {
					for _, action := range Actions() {
						for _, future := range []bool{false, true} {
							all = append(all, scanFacts{waybill, merchant, recorded, status, action, future})
						}
					}
				}
			}
		}
	}
	return all
}

func (f scanFacts) build() (Scan, *Waybill, *RecordedScan) {
	s := scan(f.action, input.ClockSkew)
	if f.future {
		s = scan(f.action, input.ClockSkew+time.Second)
	}
	s.BizID = f.merchant
	w := in(f.status)
	if !f.waybill {
		w = nil
	}
	switch f.recorded {
	case "same":
		return s, w, recordedScan(s)
	case "other":
		t := recordedScan(s)
		t.Message = "something else"
		return s, w, t
	}
	return s, w, nil
}

// A key stands for action, time and message: if one differs, the key is reused. The reporter
// does not matter.
func TestScanKeyStandsForAll(t *testing.T) {
	t.Parallel()
	s := scan(200001, -time.Hour)
	for name, tt := range map[string]struct {
		change func(*RecordedScan)
		want   Verdict
	}{
		"nothing":      {func(*RecordedScan) {}, Repeated},
		"reporter":     {func(t *RecordedScan) { t.RecordedBy = "van" }, Repeated},
		"another zone": {func(t *RecordedScan) { t.At = t.At.In(time.FixedZone("Beijing", 8*3600)) }, Repeated},
		"action":       {func(t *RecordedScan) { t.Action = 300001 }, KeyReused},
		"time":         {func(t *RecordedScan) { t.At = t.At.Add(time.Second) }, KeyReused},
		"message":      {func(t *RecordedScan) { t.Message = " " }, KeyReused},
	} {
		recorded := recordedScan(s)
		tt.change(recorded)
		if got := DecideScan(s, in(Collected), recorded, now, now).Verdict; got != tt.want {
			t.Errorf("%s differs: %s, want %s", name, got, tt.want)
		}
	}
}

// What each scan does to the times of a waybill, whatever it was before.
func TestScanTimes(t *testing.T) {
	t.Parallel()
	early, middle, late := now.Add(-3*time.Hour), now.Add(-2*time.Hour), now.Add(-time.Hour)
	at := func(a Action, when time.Time) Scan { return scan(a, when.Sub(now)) }
	for name, tt := range map[string]struct {
		was  Waybill
		scan Scan
		want Waybill
	}{
		"collected": {
			Waybill{Status: Booked}, at(Collecting, middle),
			Waybill{Status: Collected, CollectedAt: middle},
		},
		"out for delivery at first": {
			Waybill{Status: Booked}, at(300002, middle),
			Waybill{Status: OutForDelivery, CollectedAt: middle},
		},
		"signed at first": {
			Waybill{Status: Booked}, at(Signing, middle),
			Waybill{Status: Signed, CollectedAt: middle, SignedAt: middle},
		},
		"collected, reported late": {
			Waybill{Status: InTransit, CollectedAt: middle}, at(Collecting, early),
			Waybill{Status: InTransit, CollectedAt: early},
		},
		"collected again": {
			Waybill{Status: Collected, CollectedAt: middle}, at(Collecting, late),
			Waybill{Status: Collected, CollectedAt: middle},
		},
		"in transit when it was signed": {
			Waybill{Status: Signed, CollectedAt: middle, SignedAt: late}, at(200001, now),
			Waybill{Status: Signed, CollectedAt: middle, SignedAt: late},
		},
		"signed, and had been signed before": {
			Waybill{Status: Signed, CollectedAt: early, SignedAt: late}, at(300007, middle),
			Waybill{Status: Signed, CollectedAt: early, SignedAt: middle},
		},
		"signed again": {
			Waybill{Status: Signed, CollectedAt: early, SignedAt: middle}, at(Signing, late),
			Waybill{Status: Signed, CollectedAt: early, SignedAt: middle},
		},
		"imported as collected, without a time": {
			Waybill{Status: Collected}, at(200001, late),
			Waybill{Status: InTransit, CollectedAt: late},
		},
		"held up": {
			Waybill{Status: Booked}, at(400002, middle),
			Waybill{Status: Booked},
		},
		"cancelled": {
			Waybill{Status: Booked}, at(Cancelling, middle),
			Waybill{Status: Cancelled, CancelledAt: middle},
		},
		"cancelled on the way": {
			Waybill{Status: InTransit, CollectedAt: early}, at(Cancelling, late),
			Waybill{Status: Cancelled, CollectedAt: early, CancelledAt: late},
		},
	} {
		want := tt.want
		want.ScannedAt = now
		got := DecideScan(tt.scan, &tt.was, nil, now, now)
		if got.Verdict != Recorded || got.Waybill != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
		later := got.Waybill // ScannedAt stays what it was
		again := DecideScan(scan(400005, 0), &later, nil, now.Add(time.Minute), now.Add(time.Minute))
		if again.Waybill != want || again.Moved {
			t.Errorf("%s, and then an action without a status: %+v", name, again)
		}
	}
}

// Only what was taken from a quota is given back, and only if the parcel was not collected.
func TestScanGivesBack(t *testing.T) {
	t.Parallel()
	for _, status := range Statuses() {
		for _, fromQuota := range []bool{false, true} {
			for _, a := range Actions() {
				w := in(status)
				w.FromQuota = fromQuota
				got := DecideScan(scan(a, 0), w, nil, now, now)
				want := status == Booked && fromQuota && a == Cancelling
				if got.GivesBack != want || got.Waybill.FromQuota != (fromQuota && !want) && got.Verdict == Recorded {
					t.Errorf("%s, %d, from quota %t: gives back %t, from quota %t", status, a, fromQuota, got.GivesBack, got.Waybill.FromQuota)
				}
			}
		}
	}
}
