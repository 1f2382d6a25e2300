package waybill

import (
	"slices"
	"testing"
	"time"

	"carrierhook/internal/input"
)

// scanFacts are everything that a scan can depend on.
type scanFacts struct {
	waybill  bool
	merchant string // in the scan: "" none, "B" the waybill's
	known    string // under its key: "" nothing, "same", "other"
	status   Status
	action   Action
	future   bool
}

// scanChecks is the documented order: the first that applies is the answer.
var scanChecks = []struct {
	want    Verdict
	applies func(scanFacts) bool
}{
	{NoWaybill, func(f scanFacts) bool { return !f.waybill || f.merchant == "C" }},
	{Repeated, func(f scanFacts) bool { return f.known == "same" }},
	{WaybillCancelled, func(f scanFacts) bool { return f.status == Cancelled }},
	{KeyReused, func(f scanFacts) bool { return f.known == "other" }},
	{WaybillSigned, func(f scanFacts) bool { return f.status == Signed && f.action == Cancelling }},
	{InFuture, func(f scanFacts) bool { return f.future }},
	{Recorded, func(scanFacts) bool { return true }},
}

// The whole truth table: every combination of every fact. What is not recorded
// changes nothing, and a merchant who is not the waybill's learns nothing of it.
func TestScanTruthTable(t *testing.T) {
	t.Parallel()
	for _, f := range allScanFacts() {
		s, w, known := f.build()
		var before Waybill
		if w != nil {
			before = *w
		}
		got := DecideScan(s, w, known, now, now)
		i := slices.IndexFunc(scanChecks, func(c struct {
			want    Verdict
			applies func(scanFacts) bool
		}) bool {
			return c.applies(f)
		})
		if want := scanChecks[i].want; got.Verdict != want || got.Changes() != (want == Recorded) {
			t.Fatalf("%+v: %s, changes %t, want %s", f, got.Verdict, got.Changes(), want)
		}
		if w != nil && *w != before {
			t.Fatalf("%+v: the waybill that was asked about has changed", f)
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
			for _, known := range []string{"", "same", "other"} {
				for _, status := range Statuses() {
					for _, action := range Actions() {
						for _, future := range []bool{false, true} {
							all = append(all, scanFacts{waybill, merchant, known, status, action, future})
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
	switch f.known {
	case "same":
		return s, w, traced(s)
	case "other":
		t := traced(s)
		t.Message = "something else"
		return s, w, t
	}
	return s, w, nil
}

// A key stands for action, time and message: each that differs is a key used
// twice. Who reports it again does not matter.
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
		known := traced(s)
		tt.change(known)
		if got := DecideScan(s, in(Collected), known, now, now).Verdict; got != tt.want {
			t.Errorf("%s differs: %s, want %s", name, got, tt.want)
		}
	}
}

// The clocks of the carrier's systems may be ahead, and no further.
func TestScanSkew(t *testing.T) {
	t.Parallel()
	s := scan(Collecting, time.Hour)
	for moment, want := range map[time.Time]Verdict{
		s.At.Add(-5 * time.Minute):     Recorded,
		s.At.Add(-5*time.Minute - 1):   InFuture,
		s.At:                           Recorded,
		s.At.AddDate(50, 0, 0):         Recorded,
		s.At.Add(-5*time.Minute - 1e9): InFuture,
	} {
		if got := DecideScan(s, in(Booked), nil, moment, moment).Verdict; got != want {
			t.Errorf("%s ahead: %s, want %s", s.At.Sub(moment), got, want)
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
		"delivered without a word before": {
			Waybill{Status: Booked}, at(300002, middle),
			Waybill{Status: OutForDelivery, CollectedAt: middle},
		},
		"signed without a word before": {
			Waybill{Status: Booked}, at(Signing, middle),
			Waybill{Status: Signed, CollectedAt: middle, SignedAt: middle},
		},
		"collected, said late": {
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
		"imported as collected, nobody knows when": {
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
		later := got.Waybill // TracedAt stays what it was
		again := DecideScan(scan(400005, 0), &later, nil, now.Add(time.Minute), now.Add(time.Minute))
		if again.Waybill != want || again.Moved {
			t.Errorf("%s, and then something that says nothing: %+v", name, again)
		}
	}
}

// Only what was taken from a quota is given back, and only for a parcel that
// nobody has collected.
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
